using System.Diagnostics;
using System.Text;

namespace MailPass.Cli.Tests.Processes;

/// <summary>The real program, for what only a process has: signals, pipes, file limits, exit codes.</summary>
internal static class MailPassProcess
{
    /// <summary>The program as a shell writes it.</summary>
    public static string Command { get; } = $"\"{DotnetPath}\" exec \"{Path.Combine(AppContext.BaseDirectory, "mailpass.dll")}\"";

    private static string DotnetPath => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>Runs a line in a shell; <c>mailpass</c> in it is the program.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> ShellAsync(string line)
    {
        using var process = StartShell(line);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    public static Process StartShell(string line) => Start("/bin/bash", "-c", $"mailpass() {{ {Command} \"$@\"; }}; {line}");

    /// <summary>Starts the program itself.</summary>
    public static Process StartProgram(params string[] args) => Start(DotnetPath, ["exec", Path.Combine(AppContext.BaseDirectory, "mailpass.dll"), .. args]);

    private static Process Start(string file, params string[] args)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        start.Environment["XDG_STATE_HOME"] = RunRecords.Folder;
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return Process.Start(start)!;
    }
}
