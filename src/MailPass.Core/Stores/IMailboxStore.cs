using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>Where mailboxes and their hashes live.</summary>
/// <remarks>
/// Implementations may be called from several threads at once. A call that cannot reach the store throws
/// <see cref="MailPassException"/>; a fault of one mailbox is that mailbox's outcome. A store that is lost in the middle
/// of a batch throws <see cref="InterruptedWriteException"/>, which has the outcomes that are certain.
/// </remarks>
public interface IMailboxStore : IAsyncDisposable
{
    /// <summary>What kind of store it is and what it can hold.</summary>
    StoreInfo Info { get; }

    /// <summary>The domains, in ascending order, each once.</summary>
    /// <param name="cancellationToken">Stops the listing.</param>
    IAsyncEnumerable<string> ListDomainsAsync(CancellationToken cancellationToken);

    /// <summary>Streams mailboxes in a stable order. It never keeps all of them in memory, nor one read transaction over all of them.</summary>
    /// <param name="query">Which ones.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery query, CancellationToken cancellationToken);

    /// <summary>Looks mailboxes up in one round trip.</summary>
    /// <param name="addresses">The mailboxes; up to a few thousand.</param>
    /// <param name="cancellationToken">Stops the look-up.</param>
    /// <returns>One entry for each address, in their order; <see langword="null"/> if there is no such mailbox.</returns>
    ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken);

    /// <summary>Replaces hashes in one transaction or a few, together with the bookkeeping that the mail system expects.</summary>
    /// <param name="batch">The changes; up to a few thousand, no mailbox twice.</param>
    /// <param name="cancellationToken">Stops before a transaction begins; one that was begun is completed.</param>
    /// <returns>One outcome for each change, in their order. Only <see cref="WriteStatus.Written"/> says that the new hash is durable.</returns>
    /// <exception cref="InterruptedWriteException">The store was lost after some of the batch was written, or may have been.</exception>
    /// <exception cref="MailPassException">The store cannot be reached; nothing was written.</exception>
    ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<HashWrite> batch, CancellationToken cancellationToken);
}
