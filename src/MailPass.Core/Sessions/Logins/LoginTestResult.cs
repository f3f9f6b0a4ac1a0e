using MailPass.Mailboxes;

namespace MailPass.Sessions.Logins;

/// <summary>The outcome of a login attempt.</summary>
public enum LoginOutcome
{
    /// <summary>The server accepted mailbox and password.</summary>
    LoginOk,

    /// <summary>The server refused mailbox or password, or the client's address (<c>allow_nets</c>); it does not say which.</summary>
    Refused,

    /// <summary>The server does not verify it now: too many attempts or connections, or its own database is away. Says nothing about the password.</summary>
    Unavailable,

    /// <summary>The server offers no login that MailPass may use here (for example only on an encrypted connection).</summary>
    NotOffered,

    /// <summary>No connection, or it ended before an answer.</summary>
    Unreachable,

    /// <summary>No TLS, or a certificate that is not trusted for this name; the password was not sent.</summary>
    TlsFailed,

    /// <summary>The server's answer violates the protocol.</summary>
    ProtocolFault,
}

/// <summary>One login attempt.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="Target">The server, protocol and protection.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Answer">What the server said, on one line and without control characters; or what went wrong. Never the password.</param>
/// <param name="Duration">How long it took.</param>
public sealed record LoginTestResult(MailboxAddress Mailbox, LoginTarget Target, LoginOutcome Outcome, string? Answer, TimeSpan Duration);
