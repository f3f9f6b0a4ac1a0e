using MailPass.Lab;
using MailPass.Lab.Processes;

namespace MailPass.Mail.Tests.Pages;

/// <summary>The command line and the cmdlets of this build, run by a shell as an admin would.</summary>
internal static class Heads
{
#if DEBUG
    private const string Configuration = "Debug", Module = "out/Debug/MailPass";
#else
    private const string Configuration = "Release", Module = "out/MailPass";
#endif

    /// <summary>The repository's folder.</summary>
    public static string Repository => RepositoryFolder.Root;

    /// <summary>The command line, which <c>dotnet</c> runs.</summary>
    public static string Program => Path.Combine(Repository, "src", "MailPass.Cli", "bin", Configuration, "net10.0", "mailpass.dll");

    /// <summary>Runs a shell command, in which <c>mailpass</c> is the command line; gives both its outputs, in order.</summary>
    /// <param name="line">The line.</param>
    /// <param name="folder">The working folder.</param>
    /// <param name="password">The database login's password.</param>
    public static async Task<Command.Result> ShellAsync(string line, string folder, string password)
    {
        return await Command.TryAsync(
            LabTools.Require("bash", "bash"),
            ["-c", $"mailpass() {{ dotnet '{Program}' \"$@\"; }}\n{{\n{line}\n}} 2>&1"],
            environment: new Dictionary<string, string> { ["MAILPASS_STORE_PASSWORD"] = password, ["NO_COLOR"] = "1", ["DOTNET_ROLL_FORWARD"] = "Major" },
            folder: folder);
    }

    /// <summary>Runs lines of PowerShell with the module loaded; <c>$login</c> is the database login.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="folder">The working folder.</param>
    /// <param name="user">The database login's name.</param>
    /// <param name="password">Its password.</param>
    public static async Task<Command.Result> PowerShellAsync(string lines, string folder, string user, string password)
    {
        var script = Path.Combine(folder, "lines.ps1");
        await File.WriteAllTextAsync(script, $$"""
            $PSStyle.OutputRendering = 'PlainText'
            $ErrorView = 'ConciseView'
            Import-Module '{{Path.Combine(Repository, Module, "MailPass.psd1")}}'
            $login = [pscredential]::new($env:LAB_USER, (ConvertTo-SecureString $env:LAB_PASSWORD -AsPlainText -Force))
            {{lines}}
            """);
        return await Command.TryAsync(
            PowerShellTool.Program,
            [PowerShellTool.Assembly, "-NoProfile", "-NonInteractive", "-File", script],
            environment: new Dictionary<string, string> { ["LAB_USER"] = user, ["LAB_PASSWORD"] = password, ["NO_COLOR"] = "1", ["LC_ALL"] = "C.UTF-8" },
            folder: folder);
    }
}
