using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;
using MailPass.Secrets;
using MailPass.Stores;
using MailPass.Stores.Sql.Server;

namespace MailPass.Benchmarks;

/// <summary>
/// A mail system's tables, with all their columns and indexes, on a real server; and the ways to write hashes into them
/// that a store competes with. All of them write the same columns beside the hash.
/// </summary>
internal abstract class MailDatabase : IAsyncDisposable
{
    /// <summary>Mailboxes loaded and joined at a time.</summary>
    private const int Chunk = 5_000;

    private readonly LabDatabaseServer _server;
    private readonly MailSystem _system;
    private readonly LabFolder _folder;
    private readonly string? _schema;

    private MailDatabase(LabDatabaseServer server, MailSystem system, MailTable table, LabLogin login)
    {
        _server = server;
        _system = system;
        _folder = new LabFolder("load");
        _schema = table.Schema is { } schema ? _folder.Write("schema.json", schema) : null;
        Table = table;
        Login = login;
    }

    /// <summary>The server's name and its bulk loading, for the table of results.</summary>
    public abstract (string Server, string Bulk) Title { get; }

    /// <summary>The table that is written.</summary>
    public MailTable Table { get; }

    /// <summary>One mailbox's UPDATE, with <c>{0}</c> for the hash and <c>{1}</c> for the address.</summary>
    public string Update => $"UPDATE mailbox SET password = {{0}}, {Table.Beside(this is PostgreSqlMailDatabase)} WHERE username = {{1}}";

    /// <summary>The arguments that name the store to <c>mailpass</c>.</summary>
    public string[] Store => ["--store", Url, .. _schema is null ? (string[])[] : ["--schema", _schema]];

    /// <summary>The database's owner.</summary>
    public LabLogin Login { get; }

    /// <summary>Where the database is.</summary>
    public StoreLocation Location => new(Provider, Server: "127.0.0.1", Port: _server.Port, Database: _system.Database, User: Login.User);

    /// <summary>The same, as a URL.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Login.User}@127.0.0.1:{_server.Port}/{_system.Database}");

    protected abstract StoreProvider Provider { get; }

    protected abstract string Scheme { get; }

    /// <summary>Numbers 1 to n as a table with the column <c>seq</c>.</summary>
    protected abstract string Numbers(int n);

    protected abstract string CreateLoaded { get; }

    protected abstract string LoadAndJoin(string file);

    /// <summary>The statement that clears away what one round left, so that it does not slow the next; not measured.</summary>
    protected abstract string Tidy { get; }

    protected abstract DbConnection Connect();

    public static async Task<MailDatabase> StartAsync(string engine, MailTable table)
    {
        LabDatabaseServer server = engine == "mysql" ? await MariaDbServer.StartAsync() : await PostgresServer.StartAsync();
        var system = await MailSystem.CreateAsync(table.System, server);
        var login = await server.CreateOwnerAsync(system.Database);
        if (server is PostgresServer)
        {
            await system.ExecuteAsync($"GRANT ALL ON ALL TABLES IN SCHEMA public TO {server.Quote(login.User)}; ALTER TABLE mailbox OWNER TO {server.Quote(login.User)}");
        }

        return server is PostgresServer ? new PostgreSqlMailDatabase(server, system, table, login) : new MariaDbMailDatabase(server, system, table, login);
    }

    /// <summary>The address of a mailbox, from 1.</summary>
    public static string Address(int i) => string.Create(CultureInfo.InvariantCulture, $"user{i}@alpha.example");

    /// <summary>A text as long as a real hash; its content makes no difference to the database.</summary>
    public static string Hash() => "{SSHA512}" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(68));

    /// <summary>Replaces all mailboxes: some in alpha.example, some in beta.example.</summary>
    public Task FillAsync(int alpha, int beta) => _system.ExecuteAsync(
        $"""
        DELETE FROM mailbox;
        {Insert(alpha, "alpha.example")};
        {Insert(beta, "beta.example")};
        {Tidy}
        """);

    private string Insert(int count, string domain) =>
        $"""
        INSERT INTO mailbox ({string.Join(", ", Table.Row("seq", domain).Select(column => column.Name))})
        SELECT {string.Join(", ", Table.Row("seq", domain).Select(column => column.Value))}
        FROM {Numbers(count)} n
        """;

    public async Task<IMailboxStore> OpenAsync()
    {
        using var password = Secret.FromChars(Login.Password);
        return await MailStore.OpenAsync(Location, new StoreOpenOptions { Password = password, Schema = _schema });
    }

    public virtual Task TidyAsync() => _system.ExecuteAsync(Tidy);

    /// <summary>Loads prepared files into a temporary table and joins it, one transaction per chunk, with the server's own client.</summary>
    /// <returns>Mailboxes per second.</returns>
    public async Task<double> BulkAsync(int mailboxes)
    {
        var script = new StringBuilder(CreateLoaded).Append(";\n");
        for (var first = 1; first <= mailboxes; first += Chunk)
        {
            var file = _folder.Write(string.Create(CultureInfo.InvariantCulture, $"{first}.txt"), string.Concat(Enumerable.Range(first, Chunk).Select(i => $"{Address(i)}\t{Hash()}\n")));
            script.Append("BEGIN;\n").Append(LoadAndJoin(file)).Append("COMMIT;\n");
        }

        var clock = Stopwatch.StartNew();
        await _system.ExecuteAsync(script.ToString());
        return mailboxes / clock.Elapsed.TotalSeconds;
    }

    /// <summary>One prepared, autocommitted UPDATE per mailbox, with the driver.</summary>
    /// <returns>Mailboxes per second.</returns>
    public async Task<double> SingleAsync(int mailboxes)
    {
        await using var connection = Connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = string.Format(CultureInfo.InvariantCulture, Update, "@hash", "@user");
        var hash = Add("hash");
        var user = Add("user");
        await command.PrepareAsync();
        var clock = Stopwatch.StartNew();
        for (var i = 1; i <= mailboxes; i++)
        {
            hash.Value = Hash();
            user.Value = Address(i);
            if (await command.ExecuteNonQueryAsync() != 1)
            {
                throw new InvalidOperationException("A hash was not written.");
            }
        }

        return mailboxes / clock.Elapsed.TotalSeconds;

        DbParameter Add(string name)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.DbType = System.Data.DbType.String;
            parameter.Value = string.Empty;
            command.Parameters.Add(parameter);
            return parameter;
        }
    }

    protected Task<IReadOnlyList<LabRow>> QueryAsync(string sql) => _system.QueryAsync(sql);

    protected DbConnection Connect(DbProviderFactory factory)
    {
        var connection = factory.CreateConnection()!;
        connection.ConnectionString = string.Create(
            CultureInfo.InvariantCulture,
            $"Server=127.0.0.1;Port={_server.Port};Database={_system.Database};User ID={Login.User};Password={Login.Password}");
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        _system.Dispose();
        _folder.Dispose();
        await _server.DisposeAsync();
    }

    private sealed class MariaDbMailDatabase(LabDatabaseServer server, MailSystem system, MailTable table, LabLogin login) : MailDatabase(server, system, table, login)
    {
        public override (string Server, string Bulk) Title => ("MariaDB", "LOAD DATA LOCAL and a join");

        protected override StoreProvider Provider => StoreProvider.MySql;

        protected override string Scheme => "mysql";

        protected override string CreateLoaded => $"CREATE TEMPORARY TABLE t ENGINE=InnoDB AS SELECT username AS k, password AS n FROM mailbox LIMIT 0; ALTER TABLE t ADD PRIMARY KEY (k)";

        protected override string Tidy => "DO 0";

        // Every row that was written leaves its old version behind, which the server clears away in its own time.
        public override async Task TidyAsync()
        {
            const int Few = 1_000;
            while (long.Parse((await QueryAsync("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'"))[0]["Value"]!, CultureInfo.InvariantCulture) > Few)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }

        protected override string Numbers(int n) => string.Create(CultureInfo.InvariantCulture, $"seq_1_to_{n}");

        protected override string LoadAndJoin(string file) =>
            $"""
            DELETE FROM t; LOAD DATA LOCAL INFILE '{file}' INTO TABLE t;
            UPDATE t STRAIGHT_JOIN mailbox m ON m.username = t.k SET m.password = t.n, {Table.Beside(onPostgreSql: false)};

            """;

        protected override DbConnection Connect() => Connect(MySqlConnector.MySqlConnectorFactory.Instance);
    }

    private sealed class PostgreSqlMailDatabase(LabDatabaseServer server, MailSystem system, MailTable table, LabLogin login) : MailDatabase(server, system, table, login)
    {
        public override (string Server, string Bulk) Title => ("PostgreSQL", "COPY and UPDATE FROM");

        protected override StoreProvider Provider => StoreProvider.PostgreSql;

        protected override string Scheme => "postgres";

        protected override string CreateLoaded => "CREATE TEMPORARY TABLE t (k text PRIMARY KEY, n text)";

        // Every round leaves as many dead rows as it wrote.
        protected override string Tidy => "VACUUM ANALYZE mailbox";

        protected override string Numbers(int n) => string.Create(CultureInfo.InvariantCulture, $"(SELECT seq FROM generate_series(1, {n}) AS seq)");

        protected override string LoadAndJoin(string file) =>
            $"""
            TRUNCATE t;
            \copy t FROM '{file}'
            UPDATE mailbox m SET password = t.n, {Table.Beside(onPostgreSql: true)} FROM t WHERE m.username = t.k;

            """;

        protected override DbConnection Connect() => Connect(Npgsql.NpgsqlFactory.Instance);
    }
}
