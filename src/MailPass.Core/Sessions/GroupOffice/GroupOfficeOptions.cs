namespace MailPass.Sessions.GroupOffice;

/// <summary>How a Group-Office is set up.</summary>
public sealed record GroupOfficeOptions
{
    /// <summary>
    /// Whether the password that the webmail keeps for a mailbox (<c>em_accounts</c>) is blanked. It is reversible for
    /// whoever has the installation's key file, and wrong after a change: left there, the webmail goes on trying it.
    /// </summary>
    public bool BlankStoredPassword { get; init; }

    /// <summary>
    /// The installation's data folder, where its cache is on disk and can be reached from here: a token's entry is then
    /// removed. <see langword="null"/> for a cache in memory (APCu, Memcached), which only Group-Office itself can empty.
    /// </summary>
    public string? DiskCacheFolder { get; init; }
}
