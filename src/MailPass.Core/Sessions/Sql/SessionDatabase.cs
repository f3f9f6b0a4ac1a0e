using MailPass.Stores;
using MailPass.Stores.Sql;
using MailPass.Stores.Sql.MySql;
using MailPass.Stores.Sql.PostgreSql;
using MailPass.Stores.Sql.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Sessions.Sql;

/// <summary>
/// A database in which webmails or panels keep sessions and tokens, opened like a store's database. Several authorities may share
/// one; it is closed when it and all of them are disposed of.
/// </summary>
public sealed class SessionDatabase : IAsyncDisposable
{
    private readonly SqlDatabase _database;
    private int _users = 1;
    private int _disposed;

    private SessionDatabase(SqlDatabase database) => _database = database;

    /// <summary>The database's name for receipts.</summary>
    public string Name => _database.Location;

    /// <summary>Opens a database like a store: with the same locations, drivers, TLS and timeouts.</summary>
    /// <param name="location">Where it is: SQLite, MySQL, MariaDB or PostgreSQL.</param>
    /// <param name="options">Options for opening it; the schema is ignored.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>, <see cref="ErrorIds.StoreTlsRequired"/>; <see cref="ErrorIds.InputInvalid"/>: the location is not a database.</exception>
    public static async Task<SessionDatabase> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options);
        logger ??= NullLogger.Instance;
        return new(location.Provider switch
        {
            StoreProvider.Sqlite => await SqliteDatabase.OpenAsync(location.Path ?? string.Empty, options, cancellationToken).ConfigureAwait(false),
            StoreProvider.MySql => await MySqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false),
            StoreProvider.PostgreSql => await PostgreSqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false),
            _ => throw new MailPassException(ErrorIds.InputInvalid, $"Sessions are kept in a database, and {location.Provider} is not one.", "Name the webmail's own database."),
        });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? ReleaseAsync() : ValueTask.CompletedTask;

    internal void AddUser() => Interlocked.Increment(ref _users);

    internal ValueTask ReleaseAsync() => Interlocked.Decrement(ref _users) == 0 ? _database.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Runs before each connection is made, so that tests can count connections or make them fail.</summary>
    internal Action Connecting { get; set; } = static () => { };

    /// <summary>A ready connection; disposing returns it to the pool.</summary>
    internal async ValueTask<SessionConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        Connecting();
        return new(_database, await _database.ConnectAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Whether an exception comes from the database, and not from a mistake of ours.</summary>
    /// <remarks>A driver may report a connection that broke in the middle as an invalid operation.</remarks>
    internal bool IsFault(Exception exception) => exception is MailPassException or InvalidOperationException || _database.IsFault(exception);

    /// <summary>The explanation of such an exception.</summary>
    internal string Explain(Exception exception) => exception is MailPassException or InvalidOperationException ? exception.Message : _database.Explain(exception).Message;
}
