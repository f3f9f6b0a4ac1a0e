using System.Security.Cryptography.X509Certificates;
using MailPass.Mailboxes;

namespace MailPass.Sessions.Dovecot;

/// <summary>When a server's whole authentication cache is emptied instead of some mailboxes' entries.</summary>
public enum WholeCacheFlush
{
    /// <summary>Never: only entries whose key begins with the mailbox's name are removed.</summary>
    Never,

    /// <summary>
    /// If a mailbox logs in again although its entries were flushed: the key of the cache may be more than the name
    /// (mailcow's <c>%s:%u:%w</c>, or <c>auth_username_format</c> left empty so that <c>Anna@</c> and <c>anna@</c> are two entries).
    /// </summary>
    WhenNeeded,

    /// <summary>Always. Every mailbox's next login reads the database again. Recommended for mailcow, and for a reset of most mailboxes at once.</summary>
    Always,
}

/// <summary>The role of a server.</summary>
public enum DovecotRole
{
    /// <summary>It keeps the mail sessions itself.</summary>
    Backend,

    /// <summary>It forwards connections to backends, and has them in its own list (<c>doveadm proxy list</c>).</summary>
    Proxy,
}

/// <summary>Options for a Dovecot server.</summary>
public sealed record DovecotOptions
{
    /// <summary>Whether the key may be sent unencrypted to another machine.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>Certificates to trust instead of the machine's, for example for a server with a self-signed certificate. The host name must match all the same.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>How long connecting may take; more than zero.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one request may take, answer included; more than zero.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most requests under way at once, 1 or more. The server forks a process for each.</summary>
    public int MaxRequestsInFlight { get; init; } = 4;

    /// <summary>The most commands in one request, 1 or more.</summary>
    public int MaxCommandsPerRequest { get; init; } = 500;

    /// <summary>How many attempts a server gets before its receipts say Unreachable, 1 or more. Wrong credentials are not tried twice.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>The pause before the second attempt; it doubles with each further attempt and is shortened at random by up to a half.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long a server that failed all attempts is not asked. Until then its receipts say Unreachable at once; after that it gets
    /// one attempt at a time until it answers. Zero or more.
    /// </summary>
    public TimeSpan DownPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long to wait before the last check. A login that was verified with the old hash just before the change is listed only
    /// when its process has started, so one empty list proves nothing.
    /// </summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often sessions are kicked before the receipt says that they come back, 1 or more.</summary>
    public int Rounds { get; init; } = 8;

    /// <summary>When to empty the whole authentication cache.</summary>
    public WholeCacheFlush WholeCache { get; init; } = WholeCacheFlush.WhenNeeded;

    /// <summary>The server's role.</summary>
    public DovecotRole Role { get; init; }

    /// <summary>The domain of mailboxes that the server names without one (<c>auth_username_format = %n</c>, <c>auth_default_realm</c>).</summary>
    public string? DefaultDomain { get; init; }

    /// <summary>
    /// Says which mailboxes are Dovecot master users of their own domain (Group-Office's <c>domainOwner</c>). A session
    /// of such a user has the name of the visited mailbox, so logging the owner out means logging out the whole domain.
    /// </summary>
    public Func<MailboxAddress, bool>? IsDomainOwner { get; init; }
}
