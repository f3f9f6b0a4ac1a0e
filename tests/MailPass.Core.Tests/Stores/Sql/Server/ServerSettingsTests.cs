using MailPass.Changes;
using MailPass.Lab.Databases;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Servers and tables that are not configured like a fresh package's: what is found and written is the same.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class ServerSettingsTests(DatabaseServers servers)
{
    private const int Mailboxes = 250;

    // Longer than a connection may idle in these tests.
    private static readonly TimeSpan _longer = TimeSpan.FromSeconds(2.5);

    private static CancellationToken None => CancellationToken.None;

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7 mysql-8.4", "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH'")]
    [OnEngines("mysql", "sql_mode = ''")]
    [OnEngines("mysql mysql-5.7 mysql-8.4", "autocommit = 0")]
    [OnEngines("mysql mysql-5.7 mysql-8.4", "max_join_size = 1000, GLOBAL sql_big_selects = 0")]
    [OnEngines("mysql mysql-5.7 mysql-8.4", "sql_safe_updates = 1")]
    [OnEngines("mysql mysql-5.7", "tx_isolation = 'SERIALIZABLE'")]
    [OnEngines("mysql-8.4", "transaction_isolation = 'SERIALIZABLE'")]
    [OnEngines("mysql", "completion_type = 'CHAIN'")]
    public async Task Server_defaults_for_clients_do_not_matter(string engine, string settings)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await WithAsync(database, settings, () => FindAndWriteAsync(database));
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7 mysql-8.4 postgresql")]
    public async Task Idle_connections_that_the_server_closed_are_renewed(string engine)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        if (engine == "postgresql")
        {
            await database.Server.ExecuteAsync(database.Name, $"ALTER DATABASE {database.Server.Quote(database.Name)} SET idle_session_timeout = 1000");
            await FindAndWriteAsync(database, _longer);
        }
        else
        {
            await WithAsync(database, "wait_timeout = 1", () => FindAndWriteAsync(database, _longer));
        }
    }

    [SkippableFact]
    public async Task MariaDB_with_a_statement_log_is_written()
    {
        await using var server = await InTheLab.TryAsync(() => MariaDbServer.StartAsync("--log-bin", "--binlog-format=STATEMENT", "--server-id=7"));
        await FindAndWriteAsync(server);
    }

    [SkippableTheory]
    [InlineData("5.6")]
    [InlineData("5.7")]
    [InlineData("8.0")]
    [InlineData("8.4")]
    public async Task MySQL_with_a_statement_log_is_written(string version)
    {
        await using var server = await InTheLab.TryAsync(() => MariaDbServer.StartMySqlAsync(version, "--log-bin=changes", "--binlog-format=STATEMENT", "--server-id=7"));
        await FindAndWriteAsync(server);
    }

    [SkippableFact]
    public async Task Server_that_dictates_character_set_and_table_case_works()
    {
        await using var server = await InTheLab.TryAsync(() => MariaDbServer.StartAsync("--skip-character-set-client-handshake", "--character-set-server=latin1", "--collation-server=latin1_swedish_ci", "--lower-case-table-names=1"));
        await FindAndWriteAsync(server);
    }

    [SkippableTheory]
    [OnEngines("mysql", "ALTER TABLE mailbox MODIFY password_hash VARBINARY(255)")]
    [OnEngines("mysql", "ALTER TABLE mailbox MODIFY password_hash BLOB")]
    [OnEngines("mysql", "ALTER TABLE mailbox MODIFY password_hash CHAR(255)")]
    [OnEngines("mysql", "ALTER TABLE mailbox MODIFY password_hash VARCHAR(255) COLLATE latin1_bin, MODIFY address_key VARCHAR(320) COLLATE latin1_bin")]
    [OnEngines("mysql", "ALTER TABLE mailbox ADD lowered VARCHAR(255) AS (LOWER(domain)) STORED, ADD longer VARCHAR(300) AS (CONCAT(password_hash, 'x')) VIRTUAL")]
    [OnEngines("mysql mysql-5.7 mysql-8.4", "RENAME TABLE mailbox TO boxes; CREATE VIEW mailbox AS SELECT * FROM boxes")]
    [OnEngines("mysql-8.4", "ALTER TABLE mailbox CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci")]
    [OnEngines("mysql-8.4", "ALTER TABLE mailbox CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs; ALTER TABLE audit CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci")]
    [OnEngines("mysql-8.4", "ALTER TABLE mailbox CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin")]
    [OnEngines("mysql-8.4", "ALTER TABLE mailbox MODIFY password_hash VARBINARY(255), ADD `rank` INT NOT NULL DEFAULT 1, ADD `system` INT INVISIBLE, ADD UNIQUE ((UPPER(address_key))), ADD CHECK (address_key LIKE '%@%')")]
    [OnEngines("mysql mysql-8.4", "ALTER TABLE mailbox DROP KEY address_key, DROP PRIMARY KEY, ADD KEY (id), ADD KEY (address_key), ADD PRIMARY KEY (id, domain); ALTER TABLE mailbox PARTITION BY KEY(domain) PARTITIONS 4")]
    [OnEngines("postgresql", "ALTER TABLE mailbox RENAME TO boxes; CREATE VIEW mailbox AS SELECT * FROM boxes")]
    [OnEngines("postgresql", "ALTER TABLE mailbox ALTER address_key TYPE CHAR(320)")]
    [OnEngines("postgresql", "ALTER TABLE mailbox ALTER password_hash TYPE CHAR(255)")]
    [OnEngines("postgresql", "ALTER TABLE mailbox ALTER password_hash TYPE TEXT, ALTER address_key TYPE TEXT")]
    [OnEngines("postgresql", "CREATE EXTENSION citext; ALTER TABLE mailbox ALTER address_key TYPE citext, ALTER domain TYPE citext, ALTER password_hash TYPE citext")]
    [OnEngines("postgresql", "CREATE DOMAIN email AS VARCHAR(320); ALTER TABLE mailbox ALTER address_key TYPE email")]
    [OnEngines("postgresql", "CREATE TABLE \"Mailbox\" (id INT, address_key TEXT, password_hash INT, domain INT); CREATE TABLE \"Audit\" (who INT)")]
    [OnEngines("postgresql", "ALTER TABLE mailbox RENAME TO \"Mailbox\"; ALTER TABLE audit RENAME TO \"Audit\"")]
    [OnEngines("postgresql", "CREATE SCHEMA post; ALTER TABLE mailbox SET SCHEMA post; ALTER TABLE audit SET SCHEMA post; GRANT USAGE ON SCHEMA post TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA post TO PUBLIC; ALTER DATABASE {0} SET search_path = post")]
    [OnEngines("postgresql", "DROP INDEX mailbox_domain_idx; ALTER TABLE mailbox RENAME TO boxes; CREATE TABLE mailbox (LIKE boxes INCLUDING DEFAULTS) PARTITION BY HASH (address_key); CREATE TABLE mailbox_0 PARTITION OF mailbox FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE mailbox_1 PARTITION OF mailbox FOR VALUES WITH (MODULUS 2, REMAINDER 1); INSERT INTO mailbox SELECT * FROM boxes; ALTER TABLE mailbox ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 1000)")]
    public async Task Unusual_table_definitions_do_not_matter(string engine, string statements)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await database.Server.ExecuteAsync(database.Name, statements.Replace("{0}", database.Server.Quote(database.Name), StringComparison.Ordinal));
        if (engine == "postgresql")
        {
            await database.Server.ExecuteAsync(database.Name, "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC");
        }

        await FindAndWriteAsync(database);
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7 mysql-8.4")]
    public async Task Largest_search_fits_into_the_servers_packets(string engine)
    {
        // Unicode domains have several spellings each.
        var database = await MakeAsync(servers, engine, 0);
        await database.Server.ExecuteAsync(database.Name, "INSERT INTO mailbox (address, address_key, domain) VALUES ('a4711@xn--mnchen-3ya.example', 'a4711@xn--mnchen-3ya.example', 'xn--mnchen-3ya.example')");
        await WithAsync(database, "max_allowed_packet = 1048576", async () =>
        {
            await using var store = await OpenAuditedAsync(database);
            var asked = Enumerable.Range(0, 5000).Select(i => MailboxAddress.Parse($"A{i}@{new string('x', 40)}.münchen.example")).Append(MailboxAddress.Parse("A4711@MÜNCHEN.example")).ToArray();
            var found = await store.FindAsync(asked, None);
            Assert.Equal(5000, found.TakeWhile(account => account is null).Count());
            Assert.Equal("a4711@xn--mnchen-3ya.example", found[5000]?.StoreKey);
        });
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-8.4", "VARBINARY(255)", true)]
    [OnEngines("mysql", "BLOB", false)]
    public async Task Lost_commit_is_settled_with_hashes_as_bytes(string engine, string type, bool serverHears)
    {
        var database = await MakeAsync(servers, engine, 50);
        await database.Server.ExecuteAsync(database.Name, $"ALTER TABLE mailbox MODIFY password_hash {type}");
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears);
        await using var store = await OpenAuditedAsync(database, proxy.Port);
        var changes = await ChangesAsync(store, "Ynl0ZXM");

        proxy.Arm();
        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        Assert.Equal(1, proxy.Cuts);
        Assert.Equal("50 50", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7 postgresql")]
    public async Task Login_limited_to_one_connection_suffices(string engine)
    {
        var database = await MakeAsync(servers, engine, 3000);
        await database.AllowConnectionsAsync(1);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "b25l");

        // A run reads ahead while it writes in two halves.
        var reading = store.FindAsync([.. changes.Take(500).Select(change => change.Account.Address)], None).AsTask();
        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        Assert.Equal(500, (await reading).Count(account => account is not null));

        await AllStandAsync(database, changes);
        Assert.Equal("3000 3000", await AuditAsync(database));
    }

    [SkippableTheory]
    [InlineData("ALTER TABLE mailbox ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON mailbox FOR SELECT USING (true); CREATE POLICY mine ON mailbox FOR UPDATE USING (address_key <> 'user7@example.org')")]
    [InlineData("CREATE FUNCTION not_seven() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.address_key = ''user7@example.org'' THEN RETURN NULL; END IF; RETURN new; END'; CREATE TRIGGER not_seven BEFORE UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION not_seven()")]
    public async Task Row_that_the_database_silently_keeps_is_no_conflict(string rule)
    {
        var database = await MakeAsync(servers, "postgresql", 20);
        await database.Server.ExecuteAsync(database.Name, rule);
        await using var store = await OpenAuditedAsync(database);
        await using var run = new ChangeRun(store, new ChangeRunOptions { Generator = new(MailPass.Policy.PasswordPolicy.Default) });
        var results = await run.ExecuteAsync(Enumerable.Range(0, 20).Select(i => new ChangeRequest { Identity = $"user{i}@example.org" }).ToAsyncEnumerable()).ToListAsync();
        var refused = Assert.Single(results, result => result.Status != ChangeStatus.Changed);
        Assert.Equal(("user7@example.org", ErrorIds.WriteFailed), (refused.Mailbox, refused.ErrorId));
        Assert.Contains("nobody else changed it", refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.Password);
        Assert.Equal(OldHash, (await database.HashesAsync())["user7@example.org"]);
        Assert.Equal("19 19", await AuditAsync(database));
    }

    // Addresses in many spellings are found, and everything there is gets a new hash.
    private static async Task FindAndWriteAsync(ServerDatabaseUnderTest database, TimeSpan pause = default)
    {
        var isMySql = database.Server.Engine == "mysql";
        string[] special = ["jürgen@example.org", "o'brien@example.org", "%wild_card%@example.org", "Mixed.Case@Example.Org"];
        var rows = special.Select(address => address.Replace("'", "''", StringComparison.Ordinal)).Select(address => $"('{address}', '{address}', 'example.org', '{OldHash}')");
        await database.Server.ExecuteAsync(
            database.Name,
            $"{(isMySql ? "SET NAMES utf8mb4; SET SESSION sql_mode = ''; " : string.Empty)}BEGIN; INSERT INTO {(isMySql ? "mailbox" : (await TableAsync(database)))} (address, address_key, domain, password_hash) VALUES {string.Join(", ", rows)}; COMMIT");
        await using var store = await OpenAuditedAsync(database);

        string[] asked = ["user0@example.org", "USER1@Example.org", "jürgen@example.org", "o'brien@example.org", "%wild_card%@example.org", "mixed.case@example.org", "nobody@example.org", "jiřička@example.org"];
        var found = await store.FindAsync(asked.Select(MailboxAddress.Parse).ToArray(), None);
        Assert.Equal([true, true, true, true, true, true, false, false], found.Select(account => account is not null));
        var changes = await ChangesAsync(store, "c2V0'\\");
        Assert.Equal(Mailboxes + special.Length, changes.Length);
        // As many connections as a run has are left over.
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => store.FindAsync([changes[0].Account.Address], None).AsTask()));
        await Task.Delay(pause);

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal((WriteStatus.Written, null), (outcome.Status, outcome.Message)));

        await Task.Delay(pause);
        Assert.NotNull((await store.FindAsync([changes[0].Account.Address], None))[0]);
        var there = (await database.Server.QueryAsync(database.Name, $"{(isMySql ? "SET NAMES utf8mb4; SELECT address_key, CONVERT(password_hash USING utf8mb4) AS password_hash" : "SELECT address_key, password_hash")} FROM {(isMySql ? "mailbox" : await TableAsync(database))}"))
            .ToDictionary(row => row["address_key"]!.TrimEnd(), row => row["password_hash"]!.TrimEnd());
        Assert.All(changes, change => Assert.Equal(change.NewHash, there[change.Account.StoreKey.TrimEnd()]));
        Assert.Equal($"{changes.Length} {changes.Length}", isMySql ? await AuditAsync(database) : (await database.Server.QueryAsync(database.Name, $"SELECT COUNT(*) || ' ' || COUNT(DISTINCT who) AS n FROM {await TableAsync(database, "audit")}"))[0]["n"]);
    }

    private static async Task FindAndWriteAsync(LabDatabaseServer server)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(server, Tables("mysql"));
        await FillAsync(database, Mailboxes);
        await FindAndWriteAsync(database);
    }

    // Where a test put a PostgreSQL table.
    private static async Task<string> TableAsync(ServerDatabaseUnderTest database, string name = "mailbox") => (await database.Server.QueryAsync(
        database.Name,
        $"SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p', 'v') AND relnamespace IN ('public'::regnamespace, to_regnamespace('post')) AND lower(relname) = '{name}' ORDER BY relname = '{name}' DESC LIMIT 1"))[0]["name"]!;

    private static async Task WithAsync(ServerDatabaseUnderTest database, string settings, Func<Task> test)
    {
        var names = settings.Split(", GLOBAL ").Select(setting => setting[..setting.IndexOf(' ', StringComparison.Ordinal)]).ToArray();
        var before = (await database.Server.QueryAsync(database.Name, $"SELECT {string.Join(", ", names.Select(name => $"@@global.{name} AS {name}"))}"))[0];
        await database.Server.ExecuteAsync(database.Name, $"SET GLOBAL {settings}");
        try
        {
            await test();
        }
        finally
        {
            var back = names.Select(name => $"GLOBAL {name} = {(before[name] is { Length: > 0 } value && value.All(char.IsAsciiDigit) ? value : $"'{before[name]}'")}");
            await database.Server.ExecuteAsync(database.Name, $"SET {string.Join(", ", back)}");
        }
    }
}
