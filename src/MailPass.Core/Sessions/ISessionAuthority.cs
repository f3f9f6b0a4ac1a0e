using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>A system that keeps mailboxes logged in: an IMAP server, a webmail.</summary>
public interface ISessionAuthority : IAsyncDisposable
{
    /// <summary>Its name on receipts, for example <c>Dovecot mx1.example.net</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether it takes away what a client could log in again with (app passwords, tokens). Such a system comes before
    /// those that end sessions and empty login caches: the other way round, a client is back before its token is gone.
    /// </summary>
    bool EndsCredentials => false;

    /// <summary>
    /// Whether it keeps a copy of each mailbox's password to log in with, and can replace it: it is then told the new one
    /// by <see cref="RevokeChangedAsync"/>. Nobody else is.
    /// </summary>
    bool KeepsPasswords => false;

    /// <summary>
    /// The mailboxes that are masters of their domain: they may log in to any mailbox of it, and such a session bears
    /// that mailbox's name. Empty where this system knows of none.
    /// </summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    ValueTask<IReadOnlySet<MailboxAddress>> FindDomainOwnersAsync(CancellationToken cancellationToken) => new(new HashSet<MailboxAddress>());

    /// <summary>What the system is and what it can do, as far as it tells, as a sentence; <see langword="null"/> if it tells nothing.</summary>
    /// <param name="cancellationToken">Stops the asking.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    ValueTask<string?> DescribeAsync(CancellationToken cancellationToken) => new((string?)null);

    /// <summary>Streams live sessions of some mailboxes, or of all.</summary>
    /// <param name="mailboxes">Which mailboxes; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken);

    /// <summary>Logs mailboxes out.</summary>
    /// <param name="mailboxes">The mailboxes; up to a few thousand.</param>
    /// <param name="cancellationToken">Stops further attempts; what was asked for already is awaited.</param>
    /// <returns>One receipt for each mailbox, in their order. Never throws for what one system answered: that is the receipt.</returns>
    ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken);

    /// <summary>Logs mailboxes out of some services.</summary>
    /// <param name="mailboxes">The mailboxes; up to a few thousand.</param>
    /// <param name="scope">What is to end. A system that cannot tell services apart says so in its receipts.</param>
    /// <param name="cancellationToken">Stops further attempts; what was asked for already is awaited.</param>
    /// <returns>One receipt for each mailbox, in their order. Never throws for what one system answered: that is the receipt.</returns>
    ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mailboxes);
        ArgumentNullException.ThrowIfNull(scope);
        return scope.Services.Count == 0
            ? RevokeAsync(mailboxes, cancellationToken)
            : new([.. mailboxes.Select(mailbox => new RevocationReceipt(mailbox, Name, ReceiptStatus.NotPurged, 0, "This system cannot end the sessions of one service alone, so none was ended."))]);
    }

    /// <summary>Logs mailboxes out whose passwords were just changed, and replaces the copies that the system itself keeps.</summary>
    /// <param name="changes">The mailboxes and their new passwords; up to a few thousand.</param>
    /// <param name="scope">What is to end.</param>
    /// <param name="cancellationToken">Stops further attempts; what was asked for already is awaited.</param>
    /// <returns>One receipt for each mailbox, in their order. Never throws for what one system answered: that is the receipt.</returns>
    ValueTask<IReadOnlyList<RevocationReceipt>> RevokeChangedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return RevokeAsync([.. changes.Select(change => change.Mailbox)], scope, cancellationToken);
    }

    /// <summary>The same for a run with a journal, which hears of each copy before it is replaced.</summary>
    internal ValueTask<IReadOnlyList<RevocationReceipt>> RevokeRecordedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CopyRecorder record) =>
        RevokeChangedAsync(changes, scope, CancellationToken.None);

    /// <summary>Whether its sessions are a webmail's: such a session may write itself back after it was ended.</summary>
    internal bool IsWebmail => false;

    /// <summary>Whether copies of passwords live here, so that <see cref="PutBackAsync"/> may find them.</summary>
    internal bool HasCopies => false;

    /// <summary>Puts copies back that a run has replaced, each where nobody has changed it since.</summary>
    /// <param name="mailboxes">The copies of each mailbox's password, which come back together or not at all.</param>
    /// <returns>For each mailbox, in how many places stands now what stood there before, and what went wrong, if anything. Never throws for what the system answered.</returns>
    internal ValueTask<IReadOnlyList<(int Back, string? Fault)>> PutBackAsync(IReadOnlyList<IReadOnlyList<ReplacedCopy>> mailboxes) => new(new (int, string?)[mailboxes.Count]);

    /// <summary>Puts replaced copies of passwords back, because the changes themselves were taken back. Sessions that ended stay ended.</summary>
    /// <param name="receipts">The receipts of the changes that were taken back.</param>
    /// <returns>A task. Never throws: a copy that cannot be put back is one that its user is asked for.</returns>
    ValueTask TakeBackAsync(IReadOnlyList<RevocationReceipt> receipts) => ValueTask.CompletedTask;
}
