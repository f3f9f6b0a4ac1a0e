using MailPass.Sessions.Logins;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>The servers that a site's mailboxes log in to, at which canaries test new passwords.</summary>
public sealed record LoginProfile
{
    /// <summary>The IMAP server's URI (<c>imaps://mail.example.org</c>); <see langword="null"/> for none.</summary>
    public string? Imap { get; init; }

    /// <summary>The submission server's URI (<c>submission://mail.example.org</c>); <see langword="null"/> for none.</summary>
    public string? Submission { get; init; }

    /// <summary>A PEM file with certificate authorities to trust instead of the machine's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>How logins are tried.</summary>
    public LoginTestOptions Options { get; init; } = new();

    /// <summary>The servers' URIs.</summary>
    public IReadOnlyList<string> Servers => [.. new[] { Imap, Submission }.OfType<string>()];

    /// <summary>How logins are tried, with the certificate authorities that are trusted.</summary>
    /// <exception cref="MailPassException">The file of the authorities cannot be used.</exception>
    public LoginTestOptions TestOptions => AuthorityFile is null ? Options : Options with { TrustedRoots = CertificateAuthorities.Read(AuthorityFile) };

    /// <summary>The servers for testing passwords, not connected yet.</summary>
    /// <exception cref="MailPassException">The file of the authorities cannot be used.</exception>
    public IReadOnlyList<LoginProbe> Probes()
    {
        var options = TestOptions;
        return [.. Servers.Select(server => new LoginProbe(server, options))];
    }
}
