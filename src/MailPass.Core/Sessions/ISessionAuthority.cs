using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>A system that keeps mailboxes logged in: an IMAP server, a webmail.</summary>
public interface ISessionAuthority : IAsyncDisposable
{
    /// <summary>Its name on receipts, for example <c>Dovecot mx1.example.net</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether it deletes credentials with which a client could log in again (app passwords, tokens). Such a system comes before
    /// those that end sessions and empty login caches; otherwise a client could log in again before its token is deleted.
    /// </summary>
    bool EndsCredentials => false;

    /// <summary>
    /// Whether it keeps a copy of each mailbox's password to log in with, and can replace it. Only such a system gets the new password,
    /// by <see cref="RevokeChangedAsync"/>.
    /// </summary>
    bool KeepsPasswords => false;

    /// <summary>
    /// The mailboxes that are masters of their domain: they may log in to any mailbox of it, and such a session has that mailbox's
    /// name. Empty if this system knows none.
    /// </summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    ValueTask<IReadOnlySet<MailboxAddress>> FindDomainOwnersAsync(CancellationToken cancellationToken) => new(new HashSet<MailboxAddress>());

    /// <summary>What the system is and what it can do, as far as it reports that, as a sentence; <see langword="null"/> if it reports nothing.</summary>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    ValueTask<string?> DescribeAsync(CancellationToken cancellationToken) => new((string?)null);

    /// <summary>Streams live sessions of some mailboxes, or of all.</summary>
    /// <param name="mailboxes">Which mailboxes; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken);

    /// <summary>Logs mailboxes out.</summary>
    /// <param name="mailboxes">The mailboxes; up to a few thousand.</param>
    /// <param name="cancellationToken">Stops further attempts; requests under way are awaited.</param>
    /// <returns>One receipt for each mailbox, in their order. Never throws for a system's answer: that is the receipt.</returns>
    ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken);

    /// <summary>Logs mailboxes out of some services.</summary>
    /// <param name="mailboxes">The mailboxes; up to a few thousand.</param>
    /// <param name="scope">The logins to end. A system that cannot tell services apart says so in its receipts.</param>
    /// <param name="cancellationToken">Stops further attempts; requests under way are awaited.</param>
    /// <returns>One receipt for each mailbox, in their order. Never throws for a system's answer: that is the receipt.</returns>
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
    /// <param name="scope">The logins to end.</param>
    /// <param name="cancellationToken">Stops further attempts; requests under way are awaited.</param>
    /// <returns>One receipt for each mailbox, in their order. Never throws for a system's answer: that is the receipt.</returns>
    ValueTask<IReadOnlyList<RevocationReceipt>> RevokeChangedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return RevokeAsync([.. changes.Select(change => change.Mailbox)], scope, cancellationToken);
    }

    /// <summary>The same for a run with a journal, in which each copy is recorded before it is replaced.</summary>
    internal ValueTask<IReadOnlyList<RevocationReceipt>> RevokeRecordedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CopyRecorder record) =>
        RevokeChangedAsync(changes, scope, CancellationToken.None);

    /// <summary>Whether it is a webmail, whose sessions may write themselves back after they were ended.</summary>
    internal bool IsWebmail => false;

    /// <summary>Whether the system keeps copies of passwords, which <see cref="PutBackAsync"/> can put back.</summary>
    internal bool HasCopies => false;

    /// <summary>Puts back copies that a run has replaced, each only if nobody has changed it since.</summary>
    /// <param name="mailboxes">The copies of each mailbox's password, which are put back together or not at all.</param>
    /// <returns>For each mailbox, how many copies have their old value now, and the fault, if any. Never throws for the system's answer.</returns>
    internal ValueTask<IReadOnlyList<(int Back, string? Fault)>> PutBackAsync(IReadOnlyList<IReadOnlyList<ReplacedCopy>> mailboxes) => new(new (int, string?)[mailboxes.Count]);

    /// <summary>Puts replaced copies of passwords back, because the changes themselves were undone. Sessions that ended stay ended.</summary>
    /// <param name="receipts">The receipts of the changes that were undone.</param>
    /// <returns>A task. Never throws: if a copy cannot be put back, the webmail asks its user for the password.</returns>
    ValueTask TakeBackAsync(IReadOnlyList<RevocationReceipt> receipts) => ValueTask.CompletedTask;
}
