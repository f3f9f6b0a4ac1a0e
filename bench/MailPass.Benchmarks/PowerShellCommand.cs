using System.Diagnostics;
using MailPass.Lab.Processes;

namespace MailPass.Benchmarks;

/// <summary>The module in a real PowerShell, against what PowerShell itself needs: <c>bench/powershell.ps1</c>.</summary>
internal sealed class PowerShellCommand : IBenchCommand
{
    public string Name => "powershell";

    public string Summary => "a whole reset from CSV to CSV against Select-Object, and the import against an empty module's (needs out/MailPass)";

    public async Task<int> RunAsync(string[] arguments)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "bench", "powershell.ps1")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The benchmarks do not run from within the repository.");
        }

        var start = new ProcessStartInfo(PowerShellTool.Program);
        foreach (var argument in (string[])[PowerShellTool.Assembly, "-NoProfile", "-NonInteractive", "-File", Path.Combine(folder, "bench", "powershell.ps1"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
