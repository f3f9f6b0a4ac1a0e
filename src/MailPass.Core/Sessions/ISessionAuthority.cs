using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>A system that keeps mailboxes logged in: an IMAP server, a webmail.</summary>
public interface ISessionAuthority : IAsyncDisposable
{
    /// <summary>Its name on receipts, for example <c>Dovecot mx1.example.net</c>.</summary>
    string Name { get; }

    /// <summary>Streams live sessions of some mailboxes, or of all.</summary>
    /// <param name="mailboxes">Which mailboxes; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken);

    /// <summary>Logs mailboxes out.</summary>
    /// <param name="mailboxes">The mailboxes; up to a few thousand.</param>
    /// <param name="cancellationToken">Stops further attempts; what was asked for already is awaited.</param>
    /// <returns>One receipt for each mailbox, in their order. Never throws for what one system answered: that is the receipt.</returns>
    ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken);
}
