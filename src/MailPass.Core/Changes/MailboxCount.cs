using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Counts the mailboxes of domains while the run works on them, so that the run need not wait for the number that its progress shows.</summary>
/// <param name="store">The store.</param>
/// <param name="queries">Which mailboxes.</param>
/// <param name="shard">This host's part; <see langword="null"/> for all.</param>
/// <param name="exclusions">The excluded mailboxes; this does not count them as met.</param>
public sealed class MailboxCount(IMailboxStore store, IReadOnlyList<MailboxQuery> queries, Shard? shard, Exclusions exclusions) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task<long>? _counting;

    /// <summary>The number; <see langword="null"/> until it is known, and if it cannot be. The first call begins the counting.</summary>
    public long? Known
    {
        get
        {
            lock (_lock)
            {
                _counting ??= Task.Run(CountAsync);
                return _counting.IsCompletedSuccessfully ? _counting.Result : null;
            }
        }
    }

    /// <summary>Stops counting.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stop.Cancel();

            // A fault of the count does not matter any more.
            _ = _counting?.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private async Task<long> CountAsync()
    {
        var count = 0L;
        foreach (var query in queries)
        {
            await foreach (var account in store.ListAsync(query, _stop.Token).ConfigureAwait(false))
            {
                count += shard?.Contains(account.Address) != false && !exclusions.Contains(account.Address) ? 1 : 0;
            }
        }

        return count;
    }
}
