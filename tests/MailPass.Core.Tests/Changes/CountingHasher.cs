using MailPass.Hashing;

namespace MailPass.Core.Tests.Changes;

/// <summary>A real hasher that counts what it hashed, and fails on one password if a test wants that.</summary>
internal sealed class CountingHasher : IBatchHasher
{
    private readonly BatchHasher _real = new();
    private int _count;

    public int Count => _count;

    /// <summary>Whether anything was hashed on a thread of the pool.</summary>
    public bool UsedThreadPool { get; private set; }

    public string? FailOn { get; init; }

    public IReadOnlyList<string> Hash(IReadOnlyList<HashJob> batch, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _count, batch.Count);
        UsedThreadPool |= Thread.CurrentThread.IsThreadPoolThread;
        if (FailOn is not null && batch.Any(job => job.Password.Reveal() == FailOn))
        {
            throw new InvalidOperationException("scripted");
        }

        return _real.Hash(batch, cancellationToken);
    }
}
