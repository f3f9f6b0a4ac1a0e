using MailPass.Stores;

namespace MailPass.Sessions.Setup;

/// <summary>Webmails and panels that share a database.</summary>
public sealed record WebmailSetup
{
    /// <summary>Some of <see cref="WebmailSystems.Names"/>.</summary>
    public IReadOnlyCollection<string> Systems { get; init; } = [];

    /// <summary>Their database; <see langword="null"/> for the store's own, or the one on the store's server that has their tables.</summary>
    public StoreLocation? Database { get; init; }

    /// <summary>How to open it, but for its password.</summary>
    public StoreOpenOptions Options { get; init; } = new();

    /// <summary>How the webmails are set up.</summary>
    public WebmailSettings Settings { get; init; } = new();

    /// <summary>Whether the database is opened with the store's login, so that the store's password serves.</summary>
    /// <param name="store">The store, if there is one.</param>
    public bool HasLoginOf(StoreLocation? store) => store is not null && Location(store) is { } location && location with { Database = store.Database } == store;

    /// <summary>Where the database is; <see langword="null"/> if nothing says it.</summary>
    /// <param name="store">The store, if there is one.</param>
    public StoreLocation? Location(StoreLocation? store) => Database ?? store;
}
