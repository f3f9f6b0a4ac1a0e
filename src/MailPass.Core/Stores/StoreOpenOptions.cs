using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Stores;

/// <summary>Options for opening a store.</summary>
public sealed record StoreOpenOptions
{
    /// <summary>The login's password; stays the caller's.</summary>
    public Secret? Password { get; init; }

    /// <summary>The schema's name or file; <see langword="null"/> to detect it from the tables or entries.</summary>
    public string? Schema { get; init; }

    /// <summary>The schema's options to turn on, by name; see <c>docs/schemas.md</c> and the mail system's page.</summary>
    public IReadOnlyList<string> SchemaOptions { get; init; } = [];

    /// <summary>Whether an unencrypted connection may leave this machine.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>
    /// A PEM file with the certificate authorities to trust instead of the machine's; see <see cref="CertificateAuthorities"/>.
    /// The connection is then encrypted and the server's name verified wherever the server is, this machine included;
    /// a Unix socket has nothing to verify.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The allowed actions and mailboxes; the store enforces this itself.</summary>
    public MailboxScope Scope { get; init; } = MailboxScope.Everything;

    /// <summary>The shortest limit that a person may set, in seconds: drivers count whole ones.</summary>
    public const double ShortestTimeout = 1;

    /// <summary>The longest limit for connecting that a person may set, in seconds: Npgsql's own (<c>Timeout</c>).</summary>
    public const double LongestConnectTimeout = 1024;

    /// <summary>The longest limit for a statement that a person may set, in seconds: a day.</summary>
    public const double LongestCommandTimeout = 86400;

    /// <summary>How long connecting to a server may take; a fraction of a second counts as a whole one.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one statement may take, and how long to wait for a locked file or row. A server counts a fraction of a second as a whole one.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait for a server that was lost in the middle of a batch, so that a restart does not end a run.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(45);
}
