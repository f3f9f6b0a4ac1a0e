using System.Runtime.InteropServices;
using MailPass.Lab.Processes;
using Xunit.Abstractions;

namespace MailPass.PowerShell.Tests;

/// <summary>The suite in tests/pester: the cmdlets in a real PowerShell, a file at a time.</summary>
internal static partial class PesterSuite
{
    private static readonly string _folder = Path.Combine(Repository.Root, "tests", "pester");

    /// <summary>The files whose names begin with a letter of a range.</summary>
    public static TheoryData<string> Files(char from = 'A', char to = 'Z') =>
        [.. Directory.GetFiles(_folder, "*.Tests.ps1").Select(path => Path.GetFileName(path)).Where(name => name[0] >= from && name[0] <= to).Order(StringComparer.Ordinal)];

    /// <summary>Runs one file in PowerShell on this machine, and fails with what it wrote.</summary>
    public static async Task RunAsync(string file, ITestOutputHelper output)
    {
        Skip.If(file == "Windows.Tests.ps1" && !OperatingSystem.IsWindows(), "It tests Windows' own features; WindowsTests runs it under Wine.");
        if (OperatingSystem.IsLinux())
        {
            // One of the tests sends Ctrl+C. A background process of a script ignores it, and so do its children.
            _ = SetHandler(Interrupt, DefaultHandler);
        }

        var run = await Command.TryAsync(
            PowerShellTool.Program,
            [PowerShellTool.Assembly, "-NoProfile", "-NonInteractive", "-Command", Script(_folder, file, PowerShellTool.Pester)],
            environment: new Dictionary<string, string>
            {
                ["MAILPASS_MODULE"] = Path.Combine(Repository.Module, "MailPass.psd1"),
                ["MAILPASS_PROGRAM"] = Repository.Program,
                ["NO_COLOR"] = "1",
            });
        output.WriteLine(run.Output);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
    }

    /// <summary>The script that runs one file of the suite; 0 if all of it passed.</summary>
    public static string Script(string folder, string file, string pester) => $$"""
        $PSStyle.OutputRendering = 'PlainText'
        Import-Module '{{pester}}'
        $configuration = New-PesterConfiguration
        $configuration.Run.Path = Join-Path '{{folder}}' '{{file}}'
        $configuration.Run.PassThru = $true
        $configuration.Output.Verbosity = 'Normal'
        $configuration.Output.RenderMode = 'Plaintext'
        $result = Invoke-Pester -Configuration $configuration
        exit ($result.Result -eq 'Passed' -and $result.PassedCount -gt 0 ? 0 : 1)
        """;

    private const int Interrupt = 2;
    private const nint DefaultHandler = 0;

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);
}
