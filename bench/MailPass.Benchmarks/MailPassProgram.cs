using System.Diagnostics;

namespace MailPass.Benchmarks;

/// <summary>The real <c>mailpass</c> program, run from start to end.</summary>
internal static class MailPassProgram
{
    /// <summary>The program: the one that was built with the benchmarks, unless another was named.</summary>
    public static string Path { get; set; } = System.IO.Path.Combine(AppContext.BaseDirectory, "mailpass.dll");

    /// <summary>Runs it.</summary>
    /// <param name="args">Its arguments.</param>
    /// <param name="storePassword">The store's password, if it has one.</param>
    /// <returns>How long it took, and its peak resident set.</returns>
    public static async Task<(double Seconds, double PeakMegabytes)> RunAsync(string[] args, string? storePassword = null)
    {
        var isBuilt = Path.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isBuilt ? "dotnet" : Path) { RedirectStandardError = true };
        foreach (var arg in isBuilt ? ["exec", Path, .. args] : args)
        {
            start.ArgumentList.Add(arg);
        }

        if (storePassword is not null)
        {
            start.Environment["MAILPASS_STORE_PASSWORD"] = storePassword;
        }

        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(50))
        {
            // The kernel keeps the peak itself; the last look is a few hundredths of a second before the end. Looking more
            // often would take a tenth of a core from the measured run.
            process.Refresh();
            try
            {
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                break;
            }
        }

        var seconds = clock.Elapsed.TotalSeconds;
        return process.ExitCode == 0 ? (seconds, peak / 1e6) : throw new InvalidOperationException(await error);
    }
}
