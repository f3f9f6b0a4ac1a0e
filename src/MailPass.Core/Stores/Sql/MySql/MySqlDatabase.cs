using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;
using MailPass.Stores.Sql.Server;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace MailPass.Stores.Sql.MySql;

/// <summary>MySQL and MariaDB, through MySqlConnector.</summary>
internal sealed class MySqlDatabase : ServerDatabase
{
    // Bytes of rows in one statement; a batch of ordinary mailboxes has some 1.5 million.
    private const int LongestStatement = 4_000_000;

    private readonly MySqlDataSource _source;
    private bool _isReadOnly;
    private TimeSpan _serverOffset;
    private MySqlDialect _dialect;
    private int _maxStatement;
    private bool _logsStatements;

    private MySqlDatabase(StoreLocation location, StoreOpenOptions options, ILogger logger)
        : base(new MySqlFaults(location, options), location, options, logger) => _source = MySqlConnections.Pool(location, options, Authorities);

    /// <inheritdoc/>
    public override SqlEngine Engine => SqlEngine.MySql;

    /// <inheritdoc/>
    public override bool IsReadOnly => _isReadOnly;

    /// <inheritdoc/>
    public override TimeSpan ServerOffset => _serverOffset;

    /// <inheritdoc/>
    public override int LongestList => _maxStatement;

    // With a statement-based binary log, the server refuses to write under READ COMMITTED (error 1665).
    /// <inheritdoc/>
    public override IsolationLevel Isolation => _logsStatements ? IsolationLevel.RepeatableRead : IsolationLevel.ReadCommitted;

    /// <inheritdoc/>
    protected override DbDataSource Source => _source;

    // sql_mode: strict, so that a value that does not fit is refused and not cut; backslashes escape, as the driver expects.
    // autocommit: statements outside a transaction are durable. sql_safe_updates and sql_big_selects: no limits that are meant for
    // people at a prompt. in_predicate_conversion_threshold: many keys in one IN are looked up in the index and not turned into a
    // join, which would use the connection's collation.
    /// <inheritdoc/>
    protected override string SessionStatement =>
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', SESSION autocommit = 1, SESSION sql_safe_updates = 0, SESSION sql_big_selects = 1"
        + (_dialect.JoinsLongLists ? ", SESSION in_predicate_conversion_threshold = 0" : string.Empty);

    /// <summary>Connects and finds out what kind of server it is.</summary>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<MySqlDatabase> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var database = new MySqlDatabase(location, options, logger);
        await database.OpenAsync(database.LearnAsync, cancellationToken).ConfigureAwait(false);
        return database;
    }

    /// <inheritdoc/>
    public override Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, CancellationToken cancellationToken) =>
        MySqlCatalog.ReadAsync(connection, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>If a login has no rights on a table, the server does not say whether the table exists.</remarks>
    public override async Task<IReadOnlySet<string>> OutOfSightAsync(DbConnection connection, IReadOnlyCollection<string> tables, CancellationToken cancellationToken)
    {
        var outOfSight = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in tables)
        {
            try
            {
                await connection.ReadAsync($"SELECT 1 FROM {Quote(table)} LIMIT 0", static _ => { }, cancellationToken).ConfigureAwait(false);
            }
            catch (MySqlException e) when (e.ErrorCode == MySqlErrorCode.NoSuchTable)
            {
                continue;
            }
            catch (MySqlException e) when (Faults.Classify(e) is ServerFault.Lasting)
            {
                outOfSight.Add(table);
            }
        }

        return outOfSight;
    }

    /// <inheritdoc/>
    public override string DomainHint(BoundSchema bound) => MySqlDomainIndex.Of(bound) is { } index ? $" FORCE INDEX ({Quote(index.Name)})" : string.Empty;

    /// <inheritdoc/>
    /// <remarks>
    /// The server plans by statistics that may be from before an import or a crash. If it takes a table for empty, it reads the whole
    /// table for each row of a batch. So the statement names the index.
    /// </remarks>
    public override string LookupHint(SqlTable table, IEnumerable<string> columns)
    {
        var names = columns
            .SelectMany(column => table.Indexes.Where(index => column.Equals(index.Columns[0], StringComparison.OrdinalIgnoreCase)))
            .Select(index => Quote(index.Name)).Distinct().ToArray();
        return names.Length > 0 ? $" FORCE INDEX ({string.Join(", ", names)})" : string.Empty;
    }

    /// <inheritdoc/>
    public override string Text(string sql) => $"CAST({sql} AS CHAR)";

    /// <inheritdoc/>
    public override string Compared(SqlColumn column, string sql) => Text(column.Type == "bit" ? $"{sql} + 0" : sql);

    /// <inheritdoc/>
    public override string Literal(string text) => MySqlText.Literal(text);

    /// <inheritdoc/>
    public override string JsonMember(string sql, string path) => $"IF(JSON_VALID({sql}), CAST(JSON_EXTRACT({sql}, {MySqlText.Literal(path)}) AS CHAR), NULL)";

    /// <inheritdoc/>
    public override string ComparedWith(SqlColumn column, SqlColumn other, string sql) =>
        column.Charset == other.Charset && column.Collation == other.Collation ? sql : MySqlText.InCollationOf(column, sql);

    /// <inheritdoc/>
    public override string Quote(string identifier) => $"`{identifier.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <inheritdoc/>
    public override string IsAnyOf(DbCommand command, string sql, SqlColumn column, IReadOnlyCollection<string> texts)
    {
        var list = new StringBuilder(sql).Append(" IN (");
        foreach (var text in texts)
        {
            list.Append(list[^1] == '(' ? string.Empty : ",").Append(MySqlText.LiteralFor(column, text));
        }

        return list.Append(')').ToString();
    }

    /// <inheritdoc/>
    public override string DomainOf(string sql) => $"LOWER(SUBSTRING_INDEX({sql}, '@', -1))";

    /// <inheritdoc/>
    public override string Parameter(DbCommand command, string name, SqlColumn column, string text) =>
        KeyValue(column, text) is long number ? number.ToString(CultureInfo.InvariantCulture) : MySqlText.LiteralFor(column, text);

    /// <inheritdoc/>
    public override bool ComparesIgnoringCase(SqlColumn column) => column.Collation?.EndsWith("_ci", StringComparison.OrdinalIgnoreCase) ?? false;

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> OpenConnectionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await MySqlConnections.OpenAsync(_source, Password, cancellationToken).ConfigureAwait(false);
        }
        catch (NotSupportedException e)
        {
            // A plugin that the driver does not have (ed25519, parsec).
            throw Explain(e);
        }
    }

    /// <inheritdoc/>
    protected override BatchStatements StatementsFor(BoundSchema bound) => new MySqlStatements(this, bound, _dialect, _maxStatement);

    private async Task LearnAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await connection.ReadAsync(
            "SELECT VERSION(), TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()), @@max_allowed_packet",
            reader =>
            {
                _dialect = MySqlDialect.Of(reader.GetString(0));
                _serverOffset = TimeSpan.FromSeconds(reader.GetInt64(1));
                // Half, since quotes and backslashes take two bytes each.
                _maxStatement = (int)Math.Min(LongestStatement, Convert.ToInt64(reader.GetValue(2), CultureInfo.InvariantCulture) / 2);
            },
            cancellationToken).ConfigureAwait(false);
        // In this form, a variable that the server's version does not have is missing from the answer and not an error.
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        await connection.ReadAsync(
            "SHOW VARIABLES WHERE Variable_name IN ('read_only', 'log_bin', 'binlog_format')",
            reader => settings[reader.GetString(0)] = reader.GetString(1).ToUpperInvariant(),
            cancellationToken).ConfigureAwait(false);
        // In newer versions of MariaDB it has more values than ON and OFF.
        _isReadOnly = settings.GetValueOrDefault("read_only", "OFF") is not ("OFF" or "0");
        _logsStatements = settings.GetValueOrDefault("log_bin") == "ON" && settings.GetValueOrDefault("binlog_format") == "STATEMENT";
    }
}
