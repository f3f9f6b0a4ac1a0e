using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>One live login.</summary>
public sealed record MailboxSession
{
    /// <summary>The mailbox that is logged in.</summary>
    public required MailboxAddress Mailbox { get; init; }

    /// <summary>The system that keeps it, as on receipts.</summary>
    public required string System { get; init; }

    /// <summary>The service: <c>imap</c>, <c>pop3</c>, <c>submission</c>, <c>webmail</c>…</summary>
    public required string Service { get; init; }

    /// <summary>The client's address, as text, if the system reports it.</summary>
    public string? ClientAddress { get; init; }

    /// <summary>The start of the session, if the system reports it.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The system's own id of the session, if it has one that is not a secret.</summary>
    public string? Id { get; init; }
}
