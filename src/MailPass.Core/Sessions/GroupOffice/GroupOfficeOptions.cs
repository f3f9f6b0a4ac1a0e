using System.Security.Cryptography.X509Certificates;

namespace MailPass.Sessions.GroupOffice;

/// <summary>The configuration of a Group-Office, and what to change in it.</summary>
public sealed record GroupOfficeOptions
{
    /// <summary>
    /// The installation's key file (<c>defuse-crypto.txt</c> in its data folder). With it, the passwords that the webmail
    /// keeps for a mailbox (<c>em_accounts</c>) are replaced when the mailbox gets a new one. <see langword="null"/> leaves
    /// them as they are, stale.
    /// </summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Whether to blank a kept password that is stale and cannot be replaced, so that the webmail asks for the new one. Otherwise the
    /// webmail keeps trying the old one, which anyone with the installation's key file can read.
    /// </summary>
    public bool BlankStoredPassword { get; init; }

    /// <summary>
    /// The names under which Group-Office's e-mail accounts know the mail server (<c>host</c>, <c>smtp_host</c>), in any
    /// case: an account on another server keeps its password, and never gets the new one. Empty for accounts on any server.
    /// </summary>
    public IReadOnlyCollection<string> MailServers { get; init; } = [];

    /// <summary>
    /// Its address, as in its users' browsers. With it, Group-Office itself ends sessions and removes them from its own cache, and
    /// MailPass checks each one afterwards. <see langword="null"/> if it cannot be reached from here.
    /// </summary>
    public Uri? Address { get; init; }

    /// <summary>Whether sessions' tokens may be sent unencrypted to <see cref="Address"/> on another machine.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>Certificates to trust at <see cref="Address"/> instead of the machine's; the host name must match all the same.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>How long one answer of <see cref="Address"/> may take; more than zero.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A program of this machine and its arguments that empties Group-Office's cache, for example <c>systemctl reload
    /// php8.2-fpm</c>: run after sessions were deleted that may still be in the cache. Empty for none.
    /// </summary>
    public IReadOnlyList<string> AfterRevoke { get; init; } = [];

    /// <summary>
    /// The installation's data folder, if its cache is on a disk that can be reached from here: MailPass then removes a token's entry.
    /// <see langword="null"/> for a cache in memory (APCu, Memcached), which only Group-Office itself can empty.
    /// </summary>
    public string? DiskCacheFolder { get; init; }

    /// <summary>Whether a mailbox's ActiveSync devices are denied (<c>core_client</c>) until they are allowed again in Group-Office.</summary>
    public bool DenyDevices { get; init; }

    /// <summary>Whether no setting of Group-Office's own was made.</summary>
    internal bool IsUsual => KeyFile is null && DiskCacheFolder is null && Address is null && MailServers.Count == 0 && !BlankStoredPassword && !DenyDevices;
}
