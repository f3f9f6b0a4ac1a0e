using System.Runtime.InteropServices;
using MailPass.Lab.Processes;
using Xunit.Abstractions;

namespace MailPass.PowerShell.Tests;

/// <summary>The cmdlets in a real PowerShell: runs the suite in tests/pester, a file at a time.</summary>
public sealed partial class PesterTests(ITestOutputHelper output)
{
    private static readonly string _folder = Path.Combine(Repository.Root, "tests", "pester");

    /// <summary>Every file of the suite.</summary>
    public static TheoryData<string> Files() => [.. Directory.GetFiles(_folder, "*.Tests.ps1").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public async Task Pester_file_passes(string file)
    {
        Skip.If(file == "Windows.Tests.ps1" && !OperatingSystem.IsWindows(), "It tries what only Windows has; WindowsTests runs it under Wine.");
        if (OperatingSystem.IsLinux())
        {
            // One of the tests sends Ctrl+C. What a script starts in the background ignores that, and hands it down.
            _ = SetHandler(Interrupt, DefaultHandler);
        }

        var run = await Command.TryAsync(
            PowerShellTool.Program,
            [PowerShellTool.Assembly, "-NoProfile", "-NonInteractive", "-Command", Suite(_folder, file, PowerShellTool.Pester)],
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
    internal static string Suite(string folder, string file, string pester) => $$"""
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
