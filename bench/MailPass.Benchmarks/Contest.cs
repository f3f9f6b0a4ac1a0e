using System.Diagnostics;

namespace MailPass.Benchmarks;

/// <summary>
/// Compares by turns: ours, theirs, ours, theirs… on one core. A shared machine changes its speed from minute to minute,
/// but hardly between one slice and the next, so the ratio of neighbours is meaningful even if the rates are not.
/// </summary>
internal static class Contest
{
    /// <summary>One contestant: its work does one turn and returns the number of hashes.</summary>
    public sealed record Contestant(string Name, Func<int> Work);

    /// <summary>Median rates, and the median, least and greatest ratio of neighbouring slices.</summary>
    public sealed record Result(double Ours, double Theirs, double Median, double Least, double Greatest);

    public static Result Run(Contestant ours, Contestant theirs, int rounds, TimeSpan slice)
    {
        // Long enough for the JIT to have put its best code in place.
        Slice(ours, 2 * slice);
        Slice(theirs, slice);
        Thread.Sleep(100);
        Slice(ours, slice);
        var (left, right) = (new double[rounds], new double[rounds]);
        for (var i = 0; i < rounds; i++)
        {
            left[i] = Slice(ours, slice);
            right[i] = Slice(theirs, slice);
        }

        var ratios = left.Zip(right, (l, r) => l / r).Order().ToArray();
        return new Result(Median(left), Median(right), Median(ratios), ratios[0], ratios[^1]);
    }

    /// <summary>Pins the process to its last core, if the platform can.</summary>
    public static void PinToOneCore()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            using var self = Process.GetCurrentProcess();
            self.ProcessorAffinity = (nint)1 << (Math.Min(Environment.ProcessorCount, 63) - 1);
        }
    }

    private static double Slice(Contestant contestant, TimeSpan length)
    {
        // Processor time, not wall-clock time, so that other processes on the core cost neither side anything.
        var start = Environment.CpuUsage.TotalTime;
        TimeSpan used;
        long hashes = 0;
        do
        {
            hashes += contestant.Work();
            used = Environment.CpuUsage.TotalTime - start;
        }
        while (used < length);

        return hashes / used.TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
