using System.Data.Common;
using MailPass.Stores;
using MailPass.Stores.Sql;
using MailPass.Stores.Sql.MySql;
using MailPass.Stores.Sql.PostgreSql;
using MailPass.Stores.Sql.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Sessions.Sql;

/// <summary>
/// A database in which a webmail or a panel keeps sessions and tokens. Each use opens a connection and closes it again.
/// Several authorities may share one; it is let go with the last of them.
/// </summary>
public sealed class SessionDatabase
{
    private readonly Func<CancellationToken, ValueTask<DbConnection>> _open;
    private readonly SqlDatabase? _owned;
    private int _users;

    /// <summary>A database behind a provider.</summary>
    /// <param name="provider">The driver's factory (MySqlConnector, Npgsql, Microsoft.Data.Sqlite).</param>
    /// <param name="connectionString">How to connect; holds the password, so it is never logged or shown.</param>
    /// <param name="name">The database's name for receipts.</param>
    public SessionDatabase(DbProviderFactory provider, string connectionString, string name)
        : this(cancellationToken => OpenAsync(provider, connectionString, cancellationToken), name)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(connectionString);
    }

    /// <summary>A database that somebody else connects to.</summary>
    /// <param name="open">Gives an open connection, which is disposed of after use.</param>
    /// <param name="name">The database's name for receipts.</param>
    public SessionDatabase(Func<CancellationToken, ValueTask<DbConnection>> open, string name)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentException.ThrowIfNullOrEmpty(name);
        _open = open;
        Name = name;
    }

    private SessionDatabase(SqlDatabase database)
        : this(database.ConnectAsync, database.Location) => _owned = database;

    /// <summary>The database's name for receipts.</summary>
    public string Name { get; }

    /// <summary>Opens a database as a store is opened: the same locations, drivers, TLS and timeouts.</summary>
    /// <param name="location">Where it is: SQLite, MySQL, MariaDB or PostgreSQL.</param>
    /// <param name="options">How; the schema is not looked at.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>, <see cref="ErrorIds.StoreTlsRequired"/>; <see cref="ErrorIds.InputInvalid"/>: the location is no database.</exception>
    public static async Task<SessionDatabase> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options);
        logger ??= NullLogger.Instance;
        SqlDatabase database = location.Provider switch
        {
            StoreProvider.Sqlite => await SqliteDatabase.OpenAsync(location.Path ?? string.Empty, options, cancellationToken).ConfigureAwait(false),
            StoreProvider.MySql => await MySqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false),
            StoreProvider.PostgreSql => await PostgreSqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false),
            _ => throw new MailPassException(ErrorIds.InputInvalid, $"Sessions are kept in a database, and {location.Provider} is none.", "Name the webmail's own database."),
        };
        return new(database);
    }

    internal void AddUser() => Interlocked.Increment(ref _users);

    internal async ValueTask ReleaseAsync()
    {
        if (Interlocked.Decrement(ref _users) == 0 && _owned is not null)
        {
            await _owned.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal async ValueTask<SessionConnection> OpenAsync(CancellationToken cancellationToken) =>
        new(await _open(cancellationToken).ConfigureAwait(false));

    private static async ValueTask<DbConnection> OpenAsync(DbProviderFactory provider, string connectionString, CancellationToken cancellationToken)
    {
        var connection = provider.CreateConnection() ?? throw new InvalidOperationException("The provider makes no connections.");
        try
        {
            connection.ConnectionString = connectionString;
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
