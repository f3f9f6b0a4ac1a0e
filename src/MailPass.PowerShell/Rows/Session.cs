using MailPass.Rows;
using MailPass.Sessions;

namespace MailPass;

/// <summary>One live login.</summary>
public sealed class Session : IMailboxRow
{
    private readonly MailboxSession _session;

    internal Session(MailboxSession session) => _session = session;

    /// <summary>Who is logged in.</summary>
    public string Mailbox => RowText.Of(_session.Mailbox.Value);

    /// <summary>The service: <c>imap</c>, <c>pop3</c>, <c>submission</c>, <c>webmail</c>…</summary>
    public string Service => Printable.Of(_session.Service);

    /// <summary>The client's address, if the system reports it.</summary>
    public string? ClientAddress => Printable.Of(_session.ClientAddress);

    /// <summary>The start of the session, as ISO 8601 with its offset, if the system reports it.</summary>
    public string? Since => _session.Since is { } time ? Timestamps.Text(time) : null;

    /// <summary>The system that keeps it.</summary>
    public string System => _session.System;

    /// <summary>The system's own id of the session, if it has one that is not a secret.</summary>
    public string? Id => Printable.Of(_session.Id);

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _session.Mailbox.Value;

    /// <summary>Who, and by which service.</summary>
    public override string ToString() => $"{Mailbox} {Service}";
}
