using System.ComponentModel;
using System.Diagnostics;

namespace MailPass.Benchmarks;

/// <summary>The module in a real PowerShell, against what PowerShell itself needs: <c>bench/powershell.ps1</c>.</summary>
internal sealed class PowerShellCommand : IBenchCommand
{
    public string Name => "powershell";

    public string Summary => "a whole reset from CSV to CSV against Select-Object, and the import against an empty module's (needs pwsh and out/MailPass)";

    public async Task<int> RunAsync(string[] arguments)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "bench", "powershell.ps1")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The benchmarks do not run from within the repository.");
        }

        var start = new ProcessStartInfo("pwsh");
        foreach (var argument in (string[])["-NoProfile", "-NonInteractive", "-File", Path.Combine(folder, "bench", "powershell.ps1"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            Console.Error.WriteLine("Skipped: there is no pwsh on the path.");
            return 0;
        }
    }
}
