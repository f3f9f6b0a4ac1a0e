using System.Security.Cryptography.X509Certificates;

namespace MailPass.Sessions.Logins;

/// <summary>Options for test logins.</summary>
public sealed record LoginTestOptions
{
    /// <summary>How long one attempt may take in all; more than zero. Dovecot delays a refusal by two seconds and more.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a password may be sent unencrypted to another machine.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>Certificates to trust instead of the machine's; the host name must match all the same.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }
}
