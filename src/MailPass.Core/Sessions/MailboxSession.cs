using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>One live login.</summary>
public sealed record MailboxSession
{
    /// <summary>Who is logged in.</summary>
    public required MailboxAddress Mailbox { get; init; }

    /// <summary>The system that keeps it, as on receipts.</summary>
    public required string System { get; init; }

    /// <summary>The service: <c>imap</c>, <c>pop3</c>, <c>submission</c>, <c>webmail</c>…</summary>
    public required string Service { get; init; }

    /// <summary>Where the client is, as text, where the system tells.</summary>
    public string? ClientAddress { get; init; }

    /// <summary>Since when, where the system tells.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The system's own name of the session, where it has one that is no secret.</summary>
    public string? Id { get; init; }
}
