using System.Security.Cryptography;

namespace MailPass.Lab.Databases;

/// <summary>A row: column name to value as text, <see langword="null"/> for NULL.</summary>
public sealed class LabRow : Dictionary<string, string?>;

/// <summary>A login of a database server.</summary>
/// <param name="User">Its name.</param>
/// <param name="Password">Its password.</param>
public sealed record LabLogin(string User, string Password);

/// <summary>
/// A real database server, used through its own command-line client, so that tests do not look at it through the driver
/// or the SQL that they test.
/// </summary>
public abstract class LabDatabaseServer : IAsyncDisposable
{
    private int _databases;

    /// <summary>The engine's name in file names and on the pages of docs/mail-systems: <c>mysql</c>, <c>postgresql</c>, <c>sqlite</c>.</summary>
    public abstract string Engine { get; }

    /// <summary>The port on 127.0.0.1; 0 for SQLite.</summary>
    public abstract int Port { get; }

    /// <summary>A name for a database that no other test uses.</summary>
    public string NewDatabaseName(string purpose) => $"{purpose.Replace('-', '_')}_{Interlocked.Increment(ref _databases)}";

    /// <summary>Makes an empty database.</summary>
    public abstract Task CreateDatabaseAsync(string database);

    /// <summary>Runs statements with all rights.</summary>
    public abstract Task ExecuteAsync(string database, string sql);

    /// <summary>Runs one query with all rights.</summary>
    public abstract Task<IReadOnlyList<LabRow>> QueryAsync(string database, string sql);

    /// <summary>The tables of a database, and the columns of each one's primary key.</summary>
    public abstract Task<IReadOnlyDictionary<string, string[]>> TablesAsync(string database);

    /// <summary>A name as this engine quotes it.</summary>
    public abstract string Quote(string name);

    /// <summary>Makes a login that may do everything in one database: a mail system's own.</summary>
    /// <returns>Its name and password.</returns>
    public abstract Task<LabLogin> CreateOwnerAsync(string database);

    /// <summary>Makes a login that may read all of one database: a Dovecot's.</summary>
    /// <returns>Its name and password.</returns>
    public abstract Task<LabLogin> CreateReaderAsync(string database);

    /// <summary>Makes MailPass's login by the statements of a documentation page, which name it <c>mailpass</c> and the database <c>mail</c>.</summary>
    /// <param name="database">The database.</param>
    /// <param name="grants">The statements.</param>
    /// <returns>Its name and password.</returns>
    public abstract Task<LabLogin> CreateMailPassAsync(string database, string grants);

    /// <summary>A login's password that needs no quoting anywhere.</summary>
    protected static string NewPassword() => Convert.ToHexString(RandomNumberGenerator.GetBytes(12));

    /// <summary>All rows of all tables.</summary>
    public async Task<Snapshot> SnapshotAsync(string database)
    {
        var tables = new Dictionary<string, Snapshot.Table>();
        foreach (var (table, key) in await TablesAsync(database))
        {
            tables.Add(table, new Snapshot.Table(key, await QueryAsync(database, $"SELECT * FROM {Quote(table)}")));
        }

        return new Snapshot(tables);
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
