using System.Globalization;
using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Benchmarks;

/// <summary>
/// The hash rate of all cores against that of one, in alternating slices of processor time. Two independent cores reach 2;
/// shared memory and caches lower it.
/// </summary>
internal sealed class ScalingCommand : IBenchCommand
{
    private const int Rounds = 15;
    private static readonly TimeSpan _slice = TimeSpan.FromMilliseconds(200);

    private static readonly (HashSettings Settings, int Batch)[] Schemes =
    [
        (new("SHA512-CRYPT"), 64), (new("BLF-CRYPT", 10), 4), (new("ARGON2ID"), 2), (new("SCRAM-SHA-256"), 64), (new("SSHA512"), 1024),
    ];

    public string Name => "scaling";

    public string Summary => "the hash rate of all cores against that of one";

    public Task<int> RunAsync(string[] arguments)
    {
        var cores = Environment.ProcessorCount;
        Console.WriteLine($"{"scheme",-16} {"one core/s",14} {$"{cores} cores/s",14} {"ratio",7}  least to greatest");
        foreach (var (settings, batch) in Schemes)
        {
            using var hasher = new BatchHasher();
            var jobs = Enumerable.Range(0, batch).Select(_ => new HashJob(Secret.FromChars("Corr3ct!horse,16"), settings)).ToArray();
            Rate(hasher, jobs, cores);
            var (one, all) = (new double[Rounds], new double[Rounds]);
            for (var i = 0; i < Rounds; i++)
            {
                one[i] = Rate(hasher, jobs, 1);
                all[i] = Rate(hasher, jobs, cores);
            }

            var ratios = all.Zip(one, (a, o) => a / o).Order().ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{settings.Scheme,-16} {one.Order().ElementAt(Rounds / 2),14:N1} {all.Order().ElementAt(Rounds / 2),14:N1} {ratios[Rounds / 2],7:0.00}  {ratios[0]:0.00} to {ratios[^1]:0.00}"));
            Array.ForEach(jobs, job => job.Password.Dispose());
        }

        return Task.FromResult(0);
    }

    // Hashes per second of processor time, times the cores, so that other programs on the machine do not count.
    private static double Rate(BatchHasher hasher, HashJob[] jobs, int cores)
    {
        long hashes = 0;
        var end = DateTime.UtcNow + _slice;
        var before = Environment.CpuUsage.TotalTime;
        var threads = Enumerable.Range(0, cores).Select(_ => new Thread(() =>
        {
            while (DateTime.UtcNow < end)
            {
                Interlocked.Add(ref hashes, hasher.Hash(jobs).Count);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return hashes / (Environment.CpuUsage.TotalTime - before).TotalSeconds * cores;
    }
}
