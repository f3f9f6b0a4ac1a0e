using MailPass.Sessions.Setup;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>A webmail or panel of a site, or several that share one database.</summary>
public sealed record WebmailProfile
{
    /// <summary>Some of <see cref="WebmailSystems.Names"/>.</summary>
    public IReadOnlyList<string> Systems { get; init; } = [];

    /// <summary>Its database; <see langword="null"/> for the store's own, or the one on the store's server that has its tables.</summary>
    public StoreLocation? Database { get; init; }

    /// <summary>Where the login's password is; <see langword="null"/> for the store's, if server and login are the same.</summary>
    public SecretSource? Password { get; init; }

    /// <summary>Options for opening the database, except for its password.</summary>
    public StoreOpenOptions Options { get; init; } = new();

    /// <summary>How it is set up.</summary>
    public WebmailSettings Settings { get; init; } = new();
}
