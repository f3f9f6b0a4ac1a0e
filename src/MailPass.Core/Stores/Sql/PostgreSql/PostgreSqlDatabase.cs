using System.Data.Common;
using MailPass.Stores.Sql.Server;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace MailPass.Stores.Sql.PostgreSql;

/// <summary>PostgreSQL, through Npgsql.</summary>
internal sealed class PostgreSqlDatabase : ServerDatabase
{
    private readonly NpgsqlDataSource _source;
    private bool _isReadOnly;
    private TimeSpan _serverOffset;

    private PostgreSqlDatabase(StoreLocation location, StoreOpenOptions options, ILogger logger)
        : base(new PostgreSqlFaults(location, options), location, options, logger) => _source = PostgreSqlConnections.Pool(location, options, Authorities, Password);

    /// <inheritdoc/>
    public override SqlEngine Engine => SqlEngine.PostgreSql;

    /// <inheritdoc/>
    public override bool IsReadOnly => _isReadOnly;

    /// <inheritdoc/>
    public override TimeSpan ServerOffset => _serverOffset;

    /// <inheritdoc/>
    protected override DbDataSource Source => _source;

    // Durable when COMMIT returns, whatever the server's default is. Rows are looked up by their keys and are in memory from the read
    // before; with the planner's default costs, it would read the whole table for every batch.
    /// <inheritdoc/>
    protected override string SessionStatement => "SET synchronous_commit = on; SET standard_conforming_strings = on; SET random_page_cost = 0.1";

    /// <summary>Connects and finds out what kind of server it is.</summary>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<PostgreSqlDatabase> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var database = new PostgreSqlDatabase(location, options, logger);
        await database.OpenAsync(database.LearnAsync, cancellationToken).ConfigureAwait(false);
        return database;
    }

    /// <inheritdoc/>
    public override Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, CancellationToken cancellationToken) =>
        PostgreSqlCatalog.ReadAsync(connection, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Every login may see which tables exist.</remarks>
    public override async Task<IReadOnlySet<string>> OutOfSightAsync(DbConnection connection, IReadOnlyCollection<string> tables, CancellationToken cancellationToken)
    {
        var outOfSight = new HashSet<string>(StringComparer.Ordinal);
        await connection.ReadAsync(
            null,
            command => command.CommandText = $"SELECT relname::text FROM pg_class WHERE pg_table_is_visible(oid) AND relname = ANY({command.Add("tables", tables.ToArray())})",
            reader => outOfSight.Add(reader.GetString(0)),
            cancellationToken).ConfigureAwait(false);
        return outOfSight;
    }

    /// <inheritdoc/>
    public override string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <inheritdoc/>
    /// <remarks>A text of fixed width is padded with spaces, which are not part of its value.</remarks>
    public override string Selected(SqlColumn column, string sql) => column.Type == "bpchar" ? $"{sql}::text" : sql;

    /// <inheritdoc/>
    public override string Text(string sql) => $"({sql})::text";

    /// <inheritdoc/>
    public override string Compared(SqlColumn column, string sql) => column.Type == "boolean" ? $"CASE WHEN {sql} THEN '1' ELSE '0' END" : Text(sql);

    /// <inheritdoc/>
    /// <remarks>A text column may have values that are not JSON, which would make the whole statement fail: they count as having no such member.</remarks>
    public override string JsonMember(string sql, string path) =>
        $"CASE WHEN pg_typeof({sql}) IN ('json'::regtype, 'jsonb'::regtype) THEN ({sql}::text::jsonb #> {PostgreSqlStatements.Path(path)})::text END";

    /// <inheritdoc/>
    public override string IsAnyOf(DbCommand command, string sql, SqlColumn column, IReadOnlyCollection<string> texts) => texts.Count == 1
        ? $"{sql} = {Parameter(command, "one", column, texts.First())}"
        : $"{sql} = ANY({command.Add("many", texts.ToArray())}::{column.Type}[])";

    /// <inheritdoc/>
    public override string DomainOf(string sql) => $"lower(split_part({sql}, '@', 2))";

    /// <inheritdoc/>
    public override string Parameter(DbCommand command, string name, SqlColumn column, string text) => $"{command.Add(name, text)}::{column.Type}";

    /// <inheritdoc/>
    public override bool ComparesIgnoringCase(SqlColumn column) => column.Type == "citext";

    /// <inheritdoc/>
    protected override BatchStatements StatementsFor(BoundSchema bound) => new PostgreSqlStatements(this, bound);

    private Task LearnAsync(DbConnection connection, CancellationToken cancellationToken) => connection.ReadAsync(
        "SELECT current_setting('transaction_read_only') = 'on', extract(epoch FROM (LOCALTIMESTAMP - (now() AT TIME ZONE 'UTC')))::bigint",
        reader =>
        {
            _isReadOnly = reader.GetBoolean(0);
            _serverOffset = TimeSpan.FromSeconds(reader.GetInt64(1));
        },
        cancellationToken);
}
