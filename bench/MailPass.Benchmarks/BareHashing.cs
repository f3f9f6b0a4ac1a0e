using System.Diagnostics;
using System.Globalization;
using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Benchmarks;

/// <summary>The hash rate of cores that do nothing else: the upper bound for a whole run.</summary>
internal sealed class BareHashing : IDisposable
{
    private static readonly TimeSpan _length = TimeSpan.FromMilliseconds(600);

    private readonly BatchHasher _hasher = new();
    private readonly List<HashJob> _jobs;

    public BareHashing(string scheme)
    {
        var settings = new HashSettings(scheme);
        _jobs = [.. Enumerable.Range(0, 256).Select(i => new HashJob(Secret.FromChars(string.Create(CultureInfo.InvariantCulture, $"Sixteen-{i:00000000}")), settings))];
        _hasher.Hash(_jobs);
    }

    /// <summary>Hashes batch after batch on so many cores; gives hashes per second of wall-clock time.</summary>
    public double Rate(int cores)
    {
        long hashes = 0;
        var clock = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, cores).Select(_ => new Thread(() =>
        {
            while (clock.Elapsed < _length)
            {
                Interlocked.Add(ref hashes, _hasher.Hash(_jobs).Count);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return hashes / clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        _jobs.ForEach(job => job.Password.Dispose());
        _hasher.Dispose();
    }
}
