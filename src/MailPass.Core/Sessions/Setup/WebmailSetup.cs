using MailPass.Stores;

namespace MailPass.Sessions.Setup;

/// <summary>Webmails and panels that share a database.</summary>
public sealed record WebmailSetup
{
    /// <summary>Some of <see cref="WebmailSystems.Names"/>.</summary>
    public IReadOnlyCollection<string> Systems { get; init; } = [];

    /// <summary>Their database; <see langword="null"/> for the store's own, or the one on the store's server that has their tables.</summary>
    public StoreLocation? Database { get; init; }

    /// <summary>Options for opening it, except for its password.</summary>
    public StoreOpenOptions Options { get; init; } = new();

    /// <summary>The webmails' settings.</summary>
    public WebmailSettings Settings { get; init; } = new();

    /// <summary>Whether the database is opened with the store's login, and so with the store's password.</summary>
    /// <param name="store">The store, if there is one.</param>
    public bool HasLoginOf(StoreLocation? store) => store is not null && Location(store) is { } location && location with { Database = store.Database } == store;

    /// <summary>The database's location; <see langword="null"/> if it is unknown.</summary>
    /// <param name="store">The store, if there is one.</param>
    public StoreLocation? Location(StoreLocation? store) => Database ?? store;
}
