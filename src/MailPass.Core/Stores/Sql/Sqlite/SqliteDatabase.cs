using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using MailPass.Platform;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MailPass.Stores.Sql.Sqlite;

/// <summary>A SQLite file: MailPass's own or a mail system's.</summary>
/// <remarks>
/// Durability: <c>synchronous=EXTRA</c>, so that a COMMIT that returned survives a loss of power, whatever the journal
/// mode of the file (in WAL mode it means one fsync per commit, so one per batch; with a rollback journal it also
/// syncs the folder, https://www.sqlite.org/pragma.html#pragma_synchronous).
/// </remarks>
internal sealed class SqliteDatabase : SqlDatabase
{
    private readonly string _path;
    private readonly string _connectionString;
    private readonly int _busyMilliseconds;
    private bool _isReadOnly;

    private SqliteDatabase(string path, TimeSpan busyTimeout)
    {
        _path = path;
        _busyMilliseconds = (int)Math.Clamp(busyTimeout.TotalMilliseconds, 0, int.MaxValue);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            // SQLite itself waits (busy_timeout), because it notices a released lock sooner than the driver's polling.
            DefaultTimeout = Math.Max(1, _busyMilliseconds / 1000),
        }.ToString();
    }

    /// <inheritdoc/>
    public override SqlEngine Engine => SqlEngine.Sqlite;

    /// <inheritdoc/>
    public override string Location => _path;

    /// <inheritdoc/>
    public override bool IsReadOnly => _isReadOnly;

    /// <inheritdoc/>
    public override TimeSpan ServerOffset => TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.UtcNow);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>: no such file; <see cref="ErrorIds.StoreInvalid"/>: not a SQLite database, or from a newer MailPass.</exception>
    public static async Task<SqliteDatabase> OpenAsync(string path, StoreOpenOptions options, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            throw new MailPassException(
                ErrorIds.StoreUnreachable,
                Directory.Exists(full) ? $"'{path}' is a folder, not a store's file." : $"There is no file '{path}'.",
                "Check the path, or create a new store there first (New-MailStore, mailpass init).");
        }

        SqliteLibrary.Prepare();
        var database = new SqliteDatabase(full, options.CommandTimeout);
        try
        {
            var connection = (SqliteConnection)await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                MailPassFile.CheckVersion(connection, path);
                database._isReadOnly = raw.sqlite3_db_readonly(connection.Handle, "main") == 1;
            }

            return database;
        }
        catch (DbException e)
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw database.Explain(e);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            raw.sqlite3_busy_timeout(connection.Handle, _busyMilliseconds);
            return connection;
        }
        catch (DbException e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw Explain(e);
        }
    }

    /// <inheritdoc/>
    public override async Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var columns = new List<TableColumn>();
        await connection.ReadAsync(
            """
            SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c
            WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.cid
            """,
            // SQLite stores any length, whatever the type says (https://www.sqlite.org/datatype3.html).
            reader => columns.Add(new(reader.GetString(0), new SqlColumn(reader.GetString(1), reader.GetString(2).ToLowerInvariant()))),
            cancellationToken).ConfigureAwait(false);
        return SqlCatalog.Of(columns);
    }

    /// <inheritdoc/>
    public override string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <inheritdoc/>
    public override string Text(string sql) => $"CAST({sql} AS TEXT)";

    /// <inheritdoc/>
    public override string JsonMember(string sql, string path) => $"CASE WHEN json_valid({sql}) THEN {sql} -> '{path}' END";

    /// <inheritdoc/>
    public override string IsAnyOf(DbCommand command, string sql, SqlColumn column, IReadOnlyCollection<string> texts)
    {
        if (texts.Count == 1)
        {
            return $"{sql} = {command.Add("one", texts.First())}";
        }

        return $"{sql} IN (SELECT value FROM json_each({command.Add("many", SqliteTexts.ToJson(texts))}))";
    }

    /// <inheritdoc/>
    public override string DomainOf(string sql) => $"lower(substr({sql}, instr({sql}, '@') + 1))";

    /// <inheritdoc/>
    public override string Parameter(DbCommand command, string name, SqlColumn column, string text) => command.Add(name, KeyValue(column, text));

    /// <inheritdoc/>
    public override bool ComparesIgnoringCase(SqlColumn column) => false;

    /// <inheritdoc/>
    public override IBatchWriter CreateWriter(BoundSchema bound) => new SqliteWriter(this, bound);

    /// <inheritdoc/>
    public override MailPassException Explain(Exception exception)
    {
        var code = exception is SqliteException fault ? fault.SqliteErrorCode : raw.SQLITE_ERROR;
        return code switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new MailPassException(
                ErrorIds.StoreUnreachable,
                string.Create(CultureInfo.InvariantCulture, $"'{_path}' is locked by another program and was not released within {_busyMilliseconds / 1000.0:0.#} s."),
                "Let the other program finish, or wait longer for it (the profile's `commandTimeout`), then repeat the call. Mailboxes reported as changed are changed.",
                exception),
            raw.SQLITE_READONLY => new MailPassException(ErrorIds.StoreReadOnly, $"'{_path}' can be read but not written.", "Give the current user the right to write the file and its folder.", exception),
            raw.SQLITE_FULL => new MailPassException(ErrorIds.StoreReadOnly, $"The disk with '{_path}' is full; the batch was not written.", "Free some space, then repeat the call.", exception),
            raw.SQLITE_NOTADB => new MailPassException(ErrorIds.StoreInvalid, $"'{_path}' is not a SQLite database.", "Name a store's file; for a Dovecot passwd-file write passwd-file:PATH, and for a profile's file -Profile PATH (--profile).", exception),
            raw.SQLITE_CORRUPT => new MailPassException(ErrorIds.StoreInvalid, $"The SQLite database '{_path}' is damaged: {exception.Message}", "Restore it from a backup, or recover it with the sqlite3 program (.recover).", exception),
            raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_AUTH => new MailPassException(ErrorIds.StoreUnreachable, $"'{_path}' cannot be opened by the current user.", "Check the rights on the file and its folder.", exception),
            _ => new MailPassException(ErrorIds.StoreUnreachable, $"The SQLite database '{_path}' failed: {exception.Message}", null, exception),
        };
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        // Pooled connections would keep the file open, and on Windows an open file cannot be moved or deleted.
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        return ValueTask.CompletedTask;
    }
}
