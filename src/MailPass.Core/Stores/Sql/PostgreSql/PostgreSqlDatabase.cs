using System.Data.Common;
using System.Globalization;
using MailPass.Stores.Sql.Server;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Sql.PostgreSql;

/// <summary>PostgreSQL, through Npgsql.</summary>
internal sealed class PostgreSqlDatabase : ServerDatabase
{
    private PostgreSqlStatements? _statements;
    private bool _isReadOnly;
    private TimeSpan _serverOffset;

    private PostgreSqlDatabase(DbProviderFactory factory, string connectionString, StoreLocation location, StoreOpenOptions options, ILogger logger)
        : base(factory, connectionString, location, options, logger)
    {
    }

    /// <inheritdoc/>
    public override SqlEngine Engine => SqlEngine.PostgreSql;

    /// <inheritdoc/>
    public override bool IsReadOnly => _isReadOnly;

    /// <inheritdoc/>
    public override TimeSpan ServerOffset => _serverOffset;

    // Durable when COMMIT returns, whatever the server's default is. Rows are looked up by their keys, and what was read a
    // moment ago is in memory: as the planner counts by default, it reads the whole table for every batch instead.
    protected override string SessionStatement => "SET synchronous_commit = on; SET standard_conforming_strings = on; SET random_page_cost = 0.1";

    /// <summary>Connects and learns what kind of server it is.</summary>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<PostgreSqlDatabase> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var factory = Npgsql.NpgsqlFactory.Instance;
        var database = new PostgreSqlDatabase(factory, ConnectionString(factory, location, options), location, options, logger);
        try
        {
            var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var answer = await RowAsync(
                    connection,
                    "SELECT current_setting('transaction_read_only') = 'on', extract(epoch FROM (LOCALTIMESTAMP - (now() AT TIME ZONE 'UTC')))::bigint",
                    cancellationToken).ConfigureAwait(false);
                database._isReadOnly = (bool)answer[0];
                database._serverOffset = TimeSpan.FromSeconds((long)answer[1]);
            }

            return database;
        }
        catch (Exception e) when (database.IsFault(e))
        {
            throw database.Explain(e);
        }
    }

    /// <inheritdoc/>
    public override Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, CancellationToken cancellationToken) => ReadCatalogAsync(
        connection,
        // From the system's own tables, since information_schema spells types in ways that cannot be cast to. What the
        // login may not touch is left out, as information_schema would. "character" without a width would be one character.
        """
        SELECT c.relname, a.attname, CASE WHEN a.atttypid = 'bpchar'::regtype THEN 'bpchar' ELSE format_type(a.atttypid, NULL) END,
               CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
               NULL, NULL
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid)
          AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND (has_column_privilege(c.oid, a.attnum, 'SELECT') OR has_column_privilege(c.oid, a.attnum, 'INSERT') OR has_column_privilege(c.oid, a.attnum, 'UPDATE'))
        ORDER BY c.relname, a.attnum
        """,
        null,
        cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Which tables there are, everybody may know.</remarks>
    public override async Task<IReadOnlySet<string>> OutOfSightAsync(DbConnection connection, IReadOnlyCollection<string> tables, CancellationToken cancellationToken)
    {
        var outOfSight = new HashSet<string>(StringComparer.Ordinal);
        await ReadAsync(
            connection,
            null,
            command => command.CommandText = $"SELECT relname::text FROM pg_class WHERE pg_table_is_visible(oid) AND relname = ANY({Add(command, "tables", tables.ToArray())})",
            reader => outOfSight.Add(reader.GetString(0)),
            cancellationToken).ConfigureAwait(false);
        return outOfSight;
    }

    /// <inheritdoc/>
    public override string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <inheritdoc/>
    /// <remarks>A text of fixed width comes with spaces up to it, which are no part of its value.</remarks>
    public override string Selected(SqlColumn column, string sql) => column.Type == "bpchar" ? $"{sql}::text" : sql;

    /// <inheritdoc/>
    public override string Text(string sql) => $"({sql})::text";

    /// <inheritdoc/>
    /// <remarks>A column of texts may hold something else, which would end the whole reading: it counts as without the member.</remarks>
    public override string JsonMember(string sql, string path) =>
        $"CASE WHEN pg_typeof({sql}) IN ('json'::regtype, 'jsonb'::regtype) THEN ({sql}::text::jsonb #> {PostgreSqlStatements.Path(path)})::text END";

    /// <inheritdoc/>
    public override string IsAnyOf(DbCommand command, string sql, SqlColumn column, IReadOnlyCollection<string> texts) => texts.Count == 1
        ? $"{sql} = {Parameter(command, "one", column, texts.First())}"
        : $"{sql} = ANY({Add(command, "many", texts.ToArray())}::{column.Type}[])";

    /// <inheritdoc/>
    public override string DomainOf(string sql) => $"lower(split_part({sql}, '@', 2))";

    /// <inheritdoc/>
    public override string Parameter(DbCommand command, string name, SqlColumn column, string text) => $"{Add(command, name, text)}::{column.Type}";

    /// <inheritdoc/>
    public override bool ComparesIgnoringCase(SqlColumn column) => column.Type == "citext";

    /// <inheritdoc/>
    protected override MailPassException ExplainAnswer(Exception exception)
    {
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        var state = (exception as DbException)?.SqlState ?? string.Empty;
        return state switch
        {
            "3D000" => new MailPassException(ErrorIds.StoreInvalid, $"There is no database at {Location}: {exception.Message}", "Check the database's name.", exception),
            "42501" => new MailPassException(ErrorIds.StoreReadOnly, $"The login at {Location} lacks a right that this mail system needs: {exception.Message}", "Grant what the mail system's page lists (docs/mail-systems).", exception),
            "25006" => new MailPassException(ErrorIds.StoreReadOnly, $"{Location} is read-only: {exception.Message}", "Name the primary server, or let this one be written.", exception),
            "53100" => new MailPassException(ErrorIds.StoreReadOnly, $"{Location} has no room left: {exception.Message}", "Free some space, then repeat the call.", exception),
            _ when state.StartsWith("28", StringComparison.Ordinal) => new MailPassException(ErrorIds.StoreUnreachable, $"{Location} refuses the login: {exception.Message}", "Check the login's name, its password and what it is granted.", exception),
            _ when IsTlsFault(exception) => new MailPassException(
                ErrorIds.StoreTlsRequired,
                $"The connection to {Location} could not be encrypted and verified: {WhyNoTls(exception)}",
                TlsRemedy,
                exception),
            _ when Classify(exception) == ServerFault.Contention => new MailPassException(ErrorIds.StoreUnreachable, $"Rows at {Location} stay locked by others: {exception.Message}", "Let the other program finish, then repeat the call; what was reported as changed stands.", exception),
            _ => new MailPassException(ErrorIds.StoreUnreachable, $"{Location} cannot be used: {exception.Message}", null, exception),
        };
    }

    /// <inheritdoc/>
    protected override ServerFault Classify(Exception exception)
    {
        var state = (exception as DbException)?.SqlState;
        if (string.IsNullOrEmpty(state))
        {
            // Raised by the driver itself: no answer from the server.
            return IsTlsFault(exception) ? ServerFault.Lasting : ServerFault.Lost;
        }

        return state switch
        {
            "40001" or "40P01" or "55P03" or "57014" => ServerFault.Contention,
            // 57P05, 25P03: the server ends connections that did nothing for as long as its settings let them.
            "57P01" or "57P02" or "57P03" or "57P05" or "25P03" or "53300" => ServerFault.Lost,
            _ when state.StartsWith("08", StringComparison.Ordinal) => ServerFault.Lost,
            // What a row's value or a trigger of the mail system refuses.
            _ when state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal) || state is "P0001" or "44000" => ServerFault.Row,
            _ => ServerFault.Lasting,
        };
    }

    /// <inheritdoc/>
    protected override void PrepareUpdate(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows) =>
        Prepare(command, Statements(bound, rows).Update, rows, oldHashes: true, newHashes: true, before: true);

    /// <inheritdoc/>
    protected override void PrepareUnwritten(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows) =>
        Prepare(command, Statements(bound, rows).Unwritten, rows, oldHashes: false, newHashes: true);

    /// <inheritdoc/>
    protected override void PrepareLockHashes(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows) =>
        Prepare(command, Statements(bound, rows).LockHashes, rows, oldHashes: false, newHashes: false);

    /// <inheritdoc/>
    protected override int IndexOf(int number, IReadOnlyList<BatchRow> rows) => number;

    /// <inheritdoc/>
    protected override IEnumerable<Action<DbCommand>> Besides(BoundSchema bound, IReadOnlyList<BatchRow> rows) =>
        Statements(bound, rows).Besides.Select(statement => (Action<DbCommand>)(command => Prepare(command, statement, rows, oldHashes: true, newHashes: true, before: true)));

    private static string ConnectionString(DbProviderFactory factory, StoreLocation location, StoreOpenOptions options)
    {
        var builder = factory.CreateConnectionStringBuilder()!;
        // A path here is the folder of the Unix socket, as libpq has it.
        builder["Host"] = location.Path ?? location.Server!;
        if (location.Port is { } port)
        {
            builder["Port"] = port;
        }

        builder["Database"] = location.Database!;
        builder["Username"] = location.User ?? Environment.UserName;
        if (options.Password is { } password)
        {
            builder["Password"] = password.Reveal();
        }

        if (AuthorityFile(location, options) is { } authorities)
        {
            builder["SSL Mode"] = "VerifyFull";
            builder["Root Certificate"] = authorities;
        }
        else
        {
            builder["SSL Mode"] = StaysHere(location) || options.AllowPlaintext ? "Prefer" : "VerifyFull";
        }

        builder["Timeout"] = Math.Min(WholeSeconds(options.ConnectTimeout), (int)StoreOpenOptions.LongestConnectTimeout);
        builder["Command Timeout"] = WholeSeconds(options.CommandTimeout);
        builder["Application Name"] = "MailPass";
        builder["Maximum Pool Size"] = 8;
        builder["Persist Security Info"] = false;
        // Details of a refused row would quote its values, the hash among them.
        builder["Include Error Detail"] = false;
        return builder.ConnectionString;
    }

    private static bool IsTlsFault(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException!)
        {
            if (e is System.Security.Authentication.AuthenticationException || e.Message.Contains("SSL connection requested", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static void Prepare(DbCommand command, string statement, IReadOnlyList<BatchRow> rows, bool oldHashes, bool newHashes, bool before = false)
    {
        command.CommandText = statement;
        Array("i", rows.Select(row => row.Index).ToArray());
        Array("k", rows.Select(row => row.Key).ToArray());
        if (oldHashes)
        {
            Array("o", rows.Select(row => row.Old).ToArray());
        }

        if (newHashes)
        {
            Array("n", rows.Select(row => row.New).ToArray());
        }

        for (var i = 0; before && i < (rows[0].Write.PutBack?.Places.Count ?? 0); i++)
        {
            Array(FormattableString.Invariant($"b{i}"), rows.Select(row => row.Before(i)).ToArray());
        }

        void Array(string name, object values)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = values;
            command.Parameters.Add(parameter);
        }
    }

    private PostgreSqlStatements Statements(BoundSchema bound, IReadOnlyList<BatchRow> rows) => rows[0].Write.PutBack is { } before
        ? new PostgreSqlStatements(this, bound, bound.WriteFor(rows[0].Write), before.Places.Count)
        : _statements ??= new PostgreSqlStatements(this, bound, bound.Write, 0);
}
