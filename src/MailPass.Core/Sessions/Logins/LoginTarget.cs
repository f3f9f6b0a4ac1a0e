namespace MailPass.Sessions.Logins;

/// <summary>How a login is tried.</summary>
public enum LoginProtocol
{
    /// <summary>IMAP (RFC 9051).</summary>
    Imap,

    /// <summary>Message submission with SMTP AUTH (RFC 6409, RFC 4954).</summary>
    Submission,
}

/// <summary>How the connection is protected.</summary>
public enum LoginSecurity
{
    /// <summary>In plain text at first, encrypted by STARTTLS before the login.</summary>
    StartTls,

    /// <summary>Encrypted from the first byte (RFC 8314).</summary>
    Tls,

    /// <summary>Not at all: on this machine only, unless plain text is allowed.</summary>
    None,
}

/// <summary>Where and how a login is tried.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Host">The server's name, as its certificate has it.</param>
/// <param name="Security">The protection.</param>
/// <param name="Port">The port; <see langword="null"/> for the protocol's own: IMAP 143 or 993, submission 587 or 465.</param>
public sealed record LoginTarget(LoginProtocol Protocol, string Host, LoginSecurity Security = LoginSecurity.Tls, int? Port = null)
{
    /// <summary>The port that is used.</summary>
    public int EffectivePort => Port ?? (Protocol, Security) switch
    {
        (LoginProtocol.Imap, LoginSecurity.Tls) => 993,
        (LoginProtocol.Imap, _) => 143,
        (_, LoginSecurity.Tls) => 465,
        _ => 587,
    };
}
