namespace MailPass.Sessions.Logins;

/// <summary>The protocol of a login.</summary>
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

/// <summary>The server, protocol and protection of a login.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Host">The server's name, as its certificate has it.</param>
/// <param name="Security">The protection.</param>
/// <param name="Port">The port; <see langword="null"/> for the protocol's own: IMAP 143 or 993, submission 587 or 465.</param>
public sealed record LoginTarget(LoginProtocol Protocol, string Host, LoginSecurity Security = LoginSecurity.Tls, int? Port = null)
{
    private static readonly Dictionary<string, (LoginProtocol Protocol, LoginSecurity Security)> Schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["imap"] = (LoginProtocol.Imap, LoginSecurity.StartTls),
        ["imaps"] = (LoginProtocol.Imap, LoginSecurity.Tls),
        ["submission"] = (LoginProtocol.Submission, LoginSecurity.StartTls),
        ["smtp"] = (LoginProtocol.Submission, LoginSecurity.StartTls),
        ["smtps"] = (LoginProtocol.Submission, LoginSecurity.Tls),
        ["submissions"] = (LoginProtocol.Submission, LoginSecurity.Tls),
    };

    /// <summary>Reads <c>imap://host[:port]</c>, <c>imaps://</c>, <c>submission://</c> or <c>smtps://</c>; those without an s encrypt by STARTTLS.</summary>
    /// <param name="text">The URI: a scheme, a host and perhaps a port, and nothing else.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static LoginTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && Schemes.TryGetValue(uri.Scheme, out var kind)
            && uri is { IdnHost: not ("" or "0.0.0.0" or "::"), Port: not 0, UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0, AbsolutePath: "" or "/" })
        {
            return new(kind.Protocol, uri.IdnHost, kind.Security, uri.IsDefaultPort || uri.Port < 0 ? null : uri.Port);
        }

        // The text may contain a password (imap://user:password@host), so it is not quoted.
        throw new MailPassException(ErrorIds.InputInvalid, "The login server is not a URI of a host and perhaps a port.", "Write it as imap://mail.example.org, imaps://, submission:// or smtps://, with :port after the host if it is another one.");
    }

    /// <summary>The port that is used.</summary>
    public int EffectivePort => Port ?? (Protocol, Security) switch
    {
        (LoginProtocol.Imap, LoginSecurity.Tls) => 993,
        (LoginProtocol.Imap, _) => 143,
        (_, LoginSecurity.Tls) => 465,
        _ => 587,
    };
}
