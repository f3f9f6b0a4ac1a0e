using MailPass.Changes;

namespace MailPass.Core.Tests.Changes;

/// <summary>A journal in memory.</summary>
internal sealed class MemoryJournal : IChangeJournal
{
    public DateTimeOffset Started { get; init; } = DateTimeOffset.UtcNow;

    public HashSet<string> Recorded { get; } = [];

    /// <summary>What was noted of each recorded hash: whether the store has it.</summary>
    public Dictionary<string, bool> Settled { get; } = [];

    public bool Full { get; init; }

    /// <summary>Told of each batch that is recorded.</summary>
    public Action Recording { get; init; } = static () => { };

    public ValueTask RecordAsync(IReadOnlyList<JournalEntry> batch, CancellationToken cancellationToken)
    {
        Recording();
        if (Full)
        {
            throw new MailPassException(ErrorIds.JournalUnwritable, "No space left.");
        }

        Recorded.UnionWith(batch.Select(entry => entry.NewHash));
        return ValueTask.CompletedTask;
    }

    public ValueTask SettleAsync(IReadOnlyList<JournalEntry> batch, IReadOnlyList<bool> written)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Settled.Add(batch[i].NewHash, written[i]);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
