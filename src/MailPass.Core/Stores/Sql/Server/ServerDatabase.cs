using System.Data;
using System.Data.Common;
using MailPass.Secrets;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Sql.Server;

/// <summary>A database on a server: what MySQL, MariaDB and PostgreSQL have in common.</summary>
internal abstract class ServerDatabase : SqlDatabase
{
    private readonly StoreOpenOptions _options;
    private readonly ILogger _logger;

    /// <summary>Prepares the object without connecting.</summary>
    /// <param name="faults">What its errors mean.</param>
    /// <param name="location">Which database.</param>
    /// <param name="options">How it is opened.</param>
    /// <param name="logger">Receives events.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the authorities' file is not such a file.</exception>
    protected ServerDatabase(ServerFaults faults, StoreLocation location, StoreOpenOptions options, ILogger logger)
    {
        Faults = faults;
        Authorities = ServerTls.AuthorityFile(location, options);
        _options = options;
        _logger = logger;
        // The driver asks for it with every new connection; in a connection string it would stay in memory.
        Password = options.Password?.Clone();
    }

    /// <summary>What its errors mean.</summary>
    public ServerFaults Faults { get; }

    /// <inheritdoc/>
    public override string Location => Faults.Location;

    /// <summary>The isolation level of a batch: it sees only committed work of others, and locks no gaps between rows.</summary>
    public virtual IsolationLevel Isolation => IsolationLevel.ReadCommitted;

    /// <summary>The file of the authorities that sign the server's certificate; <see langword="null"/> for the machine's own.</summary>
    protected string? Authorities { get; }

    /// <summary>The login's password, if it has one.</summary>
    protected Secret? Password { get; }

    /// <summary>The driver's pool of connections.</summary>
    protected abstract DbDataSource Source { get; }

    /// <summary>The statement that is sent on every connection before its first use.</summary>
    protected abstract string SessionStatement { get; }

    /// <inheritdoc/>
    public override async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        DbConnection connection;
        try
        {
            connection = await OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e) && Faults.IsTimeout(e))
        {
            throw Faults.ConnectTimeout(e);
        }

        try
        {
            await connection.ExecuteAsync(null, SessionStatement).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override IBatchWriter CreateWriter(BoundSchema bound) =>
        new ServerBatchWriter(this, StatementsFor(bound), bound.UndoesHashes, _options.Patience, _logger);

    /// <inheritdoc/>
    public override bool IsFault(Exception exception) => ServerFaults.IsFault(exception);

    /// <inheritdoc/>
    /// <remarks>A read that timed out is not retried: that would multiply the time limit.</remarks>
    public override bool IsTransient(Exception exception) =>
        IsFault(exception) && !Faults.IsTimeout(exception) && Faults.Classify(exception) is ServerFault.Contention or ServerFault.Lost;

    /// <inheritdoc/>
    public override MailPassException Explain(Exception exception) => Faults.Explain(exception);

    /// <inheritdoc/>
    /// <remarks>Closes the pool's connections, so the login is gone from the server when this returns.</remarks>
    public override async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync().ConfigureAwait(false);
        Password?.Dispose();
    }

    /// <summary>Connects for the first time.</summary>
    /// <param name="learn">Reads the server's properties.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException">It cannot be reached; this is disposed of then.</exception>
    protected async Task OpenAsync(Func<DbConnection, CancellationToken, Task> learn, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await learn(connection, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            await DisposeAsync().ConfigureAwait(false);
            if (IsFault(e))
            {
                throw Explain(e);
            }

            throw;
        }
    }

    /// <summary>An open connection from the pool.</summary>
    /// <param name="cancellationToken">Stops the attempt.</param>
    protected virtual ValueTask<DbConnection> OpenConnectionAsync(CancellationToken cancellationToken) => Source.OpenConnectionAsync(cancellationToken);

    /// <summary>The statements that write batches with a schema.</summary>
    /// <param name="bound">The schema over its tables.</param>
    protected abstract BatchStatements StatementsFor(BoundSchema bound);
}
