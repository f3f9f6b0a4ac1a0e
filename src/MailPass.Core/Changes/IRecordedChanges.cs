using MailPass.Mailboxes;

namespace MailPass.Changes;

/// <summary>What an earlier, interrupted part of the same run recorded, for the resumed run.</summary>
public interface IRecordedChanges
{
    /// <summary>The last recorded change of each mailbox.</summary>
    /// <param name="mailboxes">The mailboxes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>For each, what was recorded; <see langword="null"/> if nothing was. The receiver disposes of each password.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>.</exception>
    ValueTask<IReadOnlyList<RecordedChange?>> FindAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken);

    /// <summary>The mailboxes that were recorded and that <see cref="FindAsync"/> was never asked for: they are no longer in the input.</summary>
    IEnumerable<MailboxAddress> NotAskedFor();
}

/// <summary>A change as an earlier part of the run recorded it.</summary>
/// <param name="Entry">The change, with its password if the run generated one and the key is there.</param>
/// <param name="IsLoggedOut">Whether every session system confirmed that the mailbox is logged out.</param>
public sealed record RecordedChange(JournalEntry Entry, bool IsLoggedOut)
{
    /// <summary>The address alone: hashes stay out of logs.</summary>
    public override string ToString() => Entry.ToString();
}
