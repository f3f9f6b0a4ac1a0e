using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MailPass.Lab.Processes;

namespace MailPass.Benchmarks;

/// <summary>The module in a real PowerShell, against PowerShell's own work: <c>bench/powershell.ps1</c>.</summary>
internal sealed partial class PowerShellCommand : IBenchCommand
{
    public string Name => "powershell";

    public string Summary => "a whole reset from CSV to CSV against Select-Object, and the import against an empty module's (needs out/MailPass)";

    public async Task<int> RunAsync(string[] arguments)
    {
        var start = new ProcessStartInfo(PowerShellTool.Program) { RedirectStandardOutput = true };
        foreach (var argument in (string[])[PowerShellTool.Assembly, "-NoProfile", "-NonInteractive", "-File", Repository.At("bench", "powershell.ps1"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            Console.WriteLine(line);
            if (PipelineRatio().Match(line) is { Success: true } ratio)
            {
                Figures.Keep("pipeline", Number(ratio, 1), Number(ratio, 2), Number(ratio, 3));
            }
        }

        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    [GeneratedRegex("^.* mailboxes, .*ratio ([0-9.]+) \\(([0-9.]+) to ([0-9.]+)\\)$")]
    private static partial Regex PipelineRatio();

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
}
