using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;
using MailPass.Stores.Sql.Server;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Sql.MySql;

/// <summary>MySQL and MariaDB, through MySqlConnector.</summary>
internal sealed class MySqlDatabase : ServerDatabase
{
    // Bytes of rows in one statement; a batch of ordinary mailboxes has some 1.5 million.
    private const int LongestStatement = 4_000_000;

    // The driver's own number for a statement that took too long.
    private const int TimedOut = -1;

    private MySqlStatements? _statements;
    private bool _isReadOnly;
    private TimeSpan _serverOffset;
    private MySqlDialect _dialect;
    private int _maxStatement;
    private bool _logsStatements;
    private readonly StoreLocation _location;

    private MySqlDatabase(DbProviderFactory factory, string connectionString, StoreLocation location, StoreOpenOptions options, ILogger logger)
        : base(factory, connectionString, location, options, logger) => _location = location;

    /// <inheritdoc/>
    public override SqlEngine Engine => SqlEngine.MySql;

    /// <inheritdoc/>
    public override bool IsReadOnly => _isReadOnly;

    /// <inheritdoc/>
    public override TimeSpan ServerOffset => _serverOffset;

    // Strict, so that a value that does not fit is refused and never cut; backslashes escape, as the driver expects. What
    // stands beside a transaction lasts, and what protects people at a prompt from long statements does not know these.
    // Many keys in one IN are looked up one by one in the index rather than turned into a join, whose collation would be
    // the connection's.
    protected override string SessionStatement =>
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', SESSION autocommit = 1, SESSION sql_safe_updates = 0, SESSION sql_big_selects = 1"
        + (_dialect.JoinsLongLists ? ", SESSION in_predicate_conversion_threshold = 0" : string.Empty);

    // A log of statements cannot hold what was done under READ COMMITTED, so the server refuses to do it (error 1665).
    protected override IsolationLevel Isolation => _logsStatements ? IsolationLevel.RepeatableRead : IsolationLevel.ReadCommitted;

    /// <summary>Connects and learns what kind of server it is.</summary>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<MySqlDatabase> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var factory = MySqlConnector.MySqlConnectorFactory.Instance;
        var database = new MySqlDatabase(factory, ConnectionString(factory, location, options), location, options, logger);
        try
        {
            var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var answer = await RowAsync(connection, "SELECT VERSION(), TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()), @@max_allowed_packet", cancellationToken).ConfigureAwait(false);
                database._dialect = MySqlDialect.Of((string)answer[0]);
                database._serverOffset = TimeSpan.FromSeconds(Convert.ToInt64(answer[1], CultureInfo.InvariantCulture));
                // Half, since quotes and backslashes take two bytes each.
                database._maxStatement = (int)Math.Min(LongestStatement, Convert.ToInt64(answer[2], CultureInfo.InvariantCulture) / 2);
                var settings = await SettingsAsync(connection, cancellationToken).ConfigureAwait(false);
                // More than a switch in newer versions of MariaDB.
                database._isReadOnly = settings.GetValueOrDefault("read_only", "OFF") is not ("OFF" or "0");
                database._logsStatements = settings.GetValueOrDefault("log_bin") == "ON" && settings.GetValueOrDefault("binlog_format") == "STATEMENT";
            }

            return database;
        }
        catch (Exception e) when (database.IsFault(e))
        {
            throw database.Explain(e);
        }
    }

    /// <inheritdoc/>
    public override async Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var enginesWithoutTransactions = new Dictionary<string, string>(StringComparer.Ordinal);
        await ReadAsync(
            connection,
            null,
            command => command.CommandText = """
                SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES
                WHERE TABLE_SCHEMA = DATABASE() AND ENGINE IN (SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'NO')
                """,
            reader => enginesWithoutTransactions[reader.GetString(0)] = reader.GetString(1),
            cancellationToken).ConfigureAwait(false);
        var catalog = await ReadCatalogAsync(
            connection,
            """
            SELECT TABLE_NAME, COLUMN_NAME, LOWER(DATA_TYPE), CHARACTER_MAXIMUM_LENGTH, CHARACTER_SET_NAME, COLLATION_NAME
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
            """,
            enginesWithoutTransactions,
            cancellationToken).ConfigureAwait(false);
        return catalog.With(await IndexesAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    /// <remarks>To a login without rights on a table the server does not say whether there is one; to others it does.</remarks>
    public override async Task<IReadOnlySet<string>> OutOfSightAsync(DbConnection connection, IReadOnlyCollection<string> tables, CancellationToken cancellationToken)
    {
        const int NoSuchTable = 1146;
        var outOfSight = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in tables)
        {
            try
            {
                await ReadAsync(connection, null, command => command.CommandText = $"SELECT 1 FROM {Quote(table)} LIMIT 0", static _ => { }, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (Number(e) == NoSuchTable)
            {
                continue;
            }
            catch (DbException e) when (Classify(e) is ServerFault.Lasting)
            {
                outOfSight.Add(table);
            }
        }

        return outOfSight;
    }

    /// <inheritdoc/>
    public override string DomainHint(BoundSchema bound) => MySqlDomainIndex.Of(bound) is { } index ? $" FORCE INDEX ({Quote(index.Name)})" : string.Empty;

    /// <inheritdoc/>
    public override string Quote(string identifier) => $"`{identifier.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <inheritdoc/>
    public override string Text(string sql) => $"CAST({sql} AS CHAR)";

    /// <inheritdoc/>
    public override string JsonMember(string sql, string path) => $"IF(JSON_VALID({sql}), CAST(JSON_EXTRACT({sql}, {MySqlText.Literal(path)}) AS CHAR), NULL)";

    /// <inheritdoc/>
    public override int LongestList => _maxStatement;

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
    protected override MailPassException ExplainAnswer(Exception exception)
    {
        var number = Number(exception);
        return number switch
        {
            1044 or 1045 or 1698 => new MailPassException(ErrorIds.StoreUnreachable, $"{Location} refuses the login: {exception.Message}", "Check the login's name, its password and what it is granted." + OtherWayIn, exception),
            1820 or 1862 or 3118 or 3955 or 4151 => new MailPassException(ErrorIds.StoreUnreachable, $"{Location} refuses the login {User(_location)}: {exception.Message}", "Unlock the login or give it a new password (ALTER USER), then repeat the call.", exception),
            1049 => new MailPassException(ErrorIds.StoreInvalid, $"There is no database at {Location}: {exception.Message}", "Check the database's name.", exception),
            1142 or 1143 or 1227 or 1370 => new MailPassException(ErrorIds.StoreReadOnly, $"The login at {Location} lacks a right that this mail system needs: {exception.Message}", "Grant what the mail system's page lists (docs/mail-systems).", exception),
            1290 or 1792 or 1836 or 3100 => new MailPassException(ErrorIds.StoreReadOnly, $"{Location} is read-only: {exception.Message}", "Name the primary server, or let this one be written.", exception),
            1021 or 1114 or 1030 => new MailPassException(ErrorIds.StoreReadOnly, $"{Location} has no room left: {exception.Message}", "Free some space, then repeat the call.", exception),
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
        if (exception is not DbException)
        {
            return ServerFault.Lost;
        }

        // https://mariadb.com/kb/en/mariadb-error-code-reference/ and the driver's own codes for lost connections.
        switch (Number(exception))
        {
            case 1205 or 1213 or 1020 or 3101 or 3572 or 1317:
                return ServerFault.Contention;
            case 1040 or 1042 or 1047 or 1053 or 1077 or 1079 or 1080 or 1152 or 1158 or 1159 or 1160 or 1161 or 1184 or 1203 or 1226 or 1927 or 2002 or 2003 or 2006 or 2013 or 3032 or 4031:
                return IsTlsFault(exception) ? ServerFault.Lasting : ServerFault.Lost;
            case 0 or TimedOut:
                // Raised by the driver itself: no answer from the server.
                return IsTlsFault(exception) ? ServerFault.Lasting : ServerFault.Lost;
            case 1048 or 1062 or 1101 or 1216 or 1217 or 1264 or 1265 or 1292 or 1364 or 1366 or 1406 or 1411 or 1451 or 1452 or 1557 or 1644 or 3819 or 4025:
                return ServerFault.Row;
            default:
                return ServerFault.Lasting;
        }
    }

    /// <inheritdoc/>
    protected override int Fitting(IReadOnlyList<BatchRow> rows) => MySqlBatchText.Fitting(rows, _maxStatement);

    /// <inheritdoc/>
    protected override void PrepareUpdate(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows) => Statements(bound).Update(command, rows);

    /// <inheritdoc/>
    protected override void PrepareUnwritten(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows) => Statements(bound).Unwritten(command, rows);

    /// <inheritdoc/>
    protected override void PrepareLockHashes(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows) => Statements(bound).LockHashes(command, rows);

    /// <inheritdoc/>
    protected override int IndexOf(int number, IReadOnlyList<BatchRow> rows) => rows[number].Index;

    /// <inheritdoc/>
    protected override IEnumerable<Action<DbCommand>> Besides(BoundSchema bound, IReadOnlyList<BatchRow> rows) =>
        Statements(bound).Besides(rows);

    private static string User(StoreLocation location) => location.User ?? Environment.UserName;

    // A server takes a socket for safe and wants the password itself there; the driver, without TLS, sends it encrypted.
    private string OtherWayIn => _location.Path is null
        ? string.Empty
        : " MySQL 8 whose TLS is off takes no caching_sha2_password by its socket: turn TLS on, or connect to 127.0.0.1.";

    private static string ConnectionString(DbProviderFactory factory, StoreLocation location, StoreOpenOptions options)
    {
        var here = StaysHere(location);
        var builder = factory.CreateConnectionStringBuilder()!;
        builder["Server"] = location.Path ?? location.Server!;
        if (location.Path is not null)
        {
            builder["Protocol"] = OperatingSystem.IsWindows() ? "Pipe" : "Unix";
        }

        if (location.Port is { } port)
        {
            builder["Port"] = port;
        }

        builder["Database"] = location.Database!;
        builder["User ID"] = User(location);
        if (options.Password is { } password)
        {
            builder["Password"] = password.Reveal();
        }

        if (AuthorityFile(location, options) is { } authorities)
        {
            builder["SslMode"] = "VerifyFull";
            builder["SslCa"] = authorities;
        }
        else
        {
            builder["SslMode"] = here || options.AllowPlaintext ? "Preferred" : "VerifyFull";
        }

        // Without TLS a server's own key encrypts the password. Asking for it is only safe where nobody can pose as the
        // server: here, or where the admin answers for the network.
        builder["AllowPublicKeyRetrieval"] = here || options.AllowPlaintext;
        builder["Connection Timeout"] = (uint)WholeSeconds(options.ConnectTimeout);
        builder["Default Command Timeout"] = (uint)WholeSeconds(options.CommandTimeout);
        builder["Application Name"] = "MailPass";
        builder["Character Set"] = "utf8mb4";
        // A TINYINT(1) may hold 2 (mailcow's "receives mail but cannot log in"), and a date may be all zeros.
        builder["TreatTinyAsBoolean"] = false;
        builder["ConvertZeroDateTime"] = true;
        builder["Maximum Pool Size"] = 8u;
        builder["Persist Security Info"] = false;
        return builder.ConnectionString;
    }

    /// <inheritdoc/>
    protected override bool IsTimeout(Exception exception) =>
        base.IsTimeout(exception) || (exception is DbException && (Number(exception) == TimedOut || exception.Message.StartsWith("Connect Timeout expired", StringComparison.Ordinal)));

    // Those that a statement may name: one that its admin made invisible (MySQL 8.0) or has ignored (MariaDB 10.6) is none.
    private static async Task<IEnumerable<(string Table, SqlIndex Index)>> IndexesAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var parts = new List<(string Table, string Index, string? Column)>();
        await ReadAsync(
            connection,
            null,
            command => command.CommandText = "SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_TYPE = 'BTREE' ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
            reader =>
            {
                var row = Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => ColumnText.Read(reader, i), StringComparer.OrdinalIgnoreCase);
                if (row.GetValueOrDefault("IS_VISIBLE") != "NO" && row.GetValueOrDefault("IGNORED") != "YES")
                {
                    parts.Add((row["TABLE_NAME"]!, row["INDEX_NAME"]!, row["SUB_PART"] is null ? row["COLUMN_NAME"] : null));
                }
            },
            cancellationToken).ConfigureAwait(false);
        return parts.GroupBy(part => (part.Table, part.Index), part => part.Column).Select(index => (index.Key.Table, new SqlIndex(index.Key.Index, index.ToArray())));
    }

    // Asked for so that one that a version does not have (any more) is missing and no error.
    private static async Task<Dictionary<string, string>> SettingsAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        await ReadAsync(
            connection,
            null,
            command => command.CommandText = "SHOW VARIABLES WHERE Variable_name IN ('read_only', 'log_bin', 'binlog_format')",
            reader => settings[reader.GetString(0)] = reader.GetString(1).ToUpperInvariant(),
            cancellationToken).ConfigureAwait(false);
        return settings;
    }

    private static bool IsTlsFault(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException!)
        {
            if (e is System.Security.Authentication.AuthenticationException || e.Message.Contains("does not support SSL", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    // The driver is not compiled against, so its number is taken from where it leaves it for everybody.
    private static int Number(Exception exception) => exception.Data["Server Error Code"] is int number ? number : 0;

    private MySqlStatements Statements(BoundSchema bound) => _statements ??= new MySqlStatements(this, bound, _dialect);
}
