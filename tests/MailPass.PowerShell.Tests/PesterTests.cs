using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit.Abstractions;

namespace MailPass.PowerShell.Tests;

/// <summary>The cmdlets in a real PowerShell: runs the suite in tests/pester.</summary>
public sealed partial class PesterTests(ITestOutputHelper output)
{
    [SkippableFact]
    public Task EveryPesterTestPasses() => RunSuiteAsync("pwsh", "There is no pwsh on the path, so the cmdlets cannot be tried in a real PowerShell.");

    /// <summary>The same in further PowerShells: older ones have an older runtime.</summary>
    [SkippableFact]
    public async Task EveryPesterTestPassesInTheOtherPowerShellsOfMAILPASS_PWSH()
    {
        var shells = (Environment.GetEnvironmentVariable("MAILPASS_PWSH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Skip.If(shells.Length == 0, "MAILPASS_PWSH names no further PowerShell, such as an older one, to run the suite in.");
        foreach (var shell in shells)
        {
            await RunSuiteAsync(shell, $"{shell}, which MAILPASS_PWSH names, cannot be started.");
        }
    }

    private async Task RunSuiteAsync(string shell, string whyNot)
    {
        var pester = await TryRunAsync(shell, "(Get-Module Pester -ListAvailable | Where-Object Version -ge 5.5 | Select-Object -First 1).Version");
        Skip.If(pester is null, whyNot);
        Skip.If(pester.Value.Output.Trim().Length == 0, $"There is no Pester 5.5 or newer for this {shell} (Install-PSResource Pester).");

        var run = await TryRunAsync(shell, $$"""
            $PSStyle.OutputRendering = 'PlainText'
            "PowerShell $($PSVersionTable.PSVersion) on $([Runtime.InteropServices.RuntimeInformation]::FrameworkDescription)"
            $configuration = New-PesterConfiguration
            $configuration.Run.Path = '{{Path.Combine(Repository.Root, "tests", "pester")}}'
            $configuration.Run.PassThru = $true
            $configuration.Output.Verbosity = 'Normal'
            $configuration.Output.RenderMode = 'Plaintext'
            $result = Invoke-Pester -Configuration $configuration
            exit ($result.Result -eq 'Passed' -and $result.PassedCount -gt 100 ? 0 : 1)
            """);
        output.WriteLine(run!.Value.Output);
        Assert.True(run.Value.ExitCode == 0, run.Value.Output);
    }

    private static async Task<(int ExitCode, string Output)?> TryRunAsync(string shell, string script)
    {
        var start = new ProcessStartInfo(shell) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-NoProfile");
        start.ArgumentList.Add("-NonInteractive");
        start.ArgumentList.Add("-Command");
        start.ArgumentList.Add(script);
        start.Environment["MAILPASS_MODULE"] = Path.Combine(Repository.Module, "MailPass.psd1");
        start.Environment["NO_COLOR"] = "1";
        if (OperatingSystem.IsLinux())
        {
            // One of the tests sends Ctrl+C. What a script starts in the background ignores that, and hands it down.
            _ = SetHandler(Interrupt, DefaultHandler);
        }

        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var text = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, text + await errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private const int Interrupt = 2;
    private const nint DefaultHandler = 0;

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);
}
