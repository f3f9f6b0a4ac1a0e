using System.Data.Common;

namespace MailPass.Sessions.Sql;

/// <summary>A database in which a webmail or a panel keeps sessions and tokens. Each use opens a connection and closes it again.</summary>
public sealed class SessionDatabase
{
    private readonly Func<CancellationToken, ValueTask<DbConnection>> _open;

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

    /// <summary>The database's name for receipts.</summary>
    public string Name { get; }

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
