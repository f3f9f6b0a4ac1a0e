namespace MailPass.Sessions.GroupOffice;

/// <summary>How a Group-Office is set up, and what of it is to be changed.</summary>
public sealed record GroupOfficeOptions
{
    /// <summary>
    /// The installation's key file (<c>defuse-crypto.txt</c> in its data folder). With it, the passwords that the webmail
    /// keeps for a mailbox (<c>em_accounts</c>) are replaced when the mailbox gets a new one. <see langword="null"/> leaves
    /// them as they are, stale.
    /// </summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Whether a kept password that is stale and cannot be replaced is blanked, so that the webmail asks for the new one.
    /// It can be read by whoever has the installation's key file, and left there, the webmail goes on trying it.
    /// </summary>
    public bool BlankStoredPassword { get; init; }

    /// <summary>
    /// The names under which Group-Office's e-mail accounts know the mail server (<c>host</c>, <c>smtp_host</c>), in any
    /// case: an account on another server keeps its password, and never gets the new one. Empty for accounts on any server.
    /// </summary>
    public IReadOnlyCollection<string> MailServers { get; init; } = [];

    /// <summary>
    /// The installation's data folder, where its cache is on disk and can be reached from here: a token's entry is then
    /// removed. <see langword="null"/> for a cache in memory (APCu, Memcached), which only Group-Office itself can empty.
    /// </summary>
    public string? DiskCacheFolder { get; init; }

    /// <summary>Whether a mailbox's ActiveSync devices are denied (<c>core_client</c>) until they are allowed again in Group-Office.</summary>
    public bool DenyDevices { get; init; }
}
