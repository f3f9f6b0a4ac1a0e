using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Counts the mailboxes of domains beside the work on them: a run need not wait for the number that its progress shows.</summary>
/// <param name="store">The store.</param>
/// <param name="queries">Which mailboxes.</param>
/// <param name="shard">Which of them are this host's; <see langword="null"/> for all.</param>
/// <param name="exclusions">Those that are left alone; they are only looked at.</param>
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

            // What it still throws concerns nobody.
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
