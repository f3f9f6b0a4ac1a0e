using System.Globalization;
using System.Net.Sockets;
using MailPass.Lab.Databases;
using MailPass.Mailboxes;
using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Faults between a run and a real database server: every outcome must be what the server's own client sees.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class ServerFaultTests(DatabaseServers servers)
{
    private static CancellationToken None => CancellationToken.None;

    private Task<ServerDatabaseUnderTest> MakeAsync(string engine, int mailboxes) => AuditedMailboxes.MakeAsync(servers, engine, mailboxes);

    /// <summary>Writes a batch of which the database refuses user7 and user12: they have their old hashes, and all others the new ones.</summary>
    /// <returns>The two changes.</returns>
    private static async Task<HashWrite[]> LeavesTwoAsync(ServerDatabaseUnderTest database, IMailboxStore store, IReadOnlyList<HashWrite> changes, string reason)
    {
        var outcomes = await store.WriteAsync(changes, None);

        string[] own = ["user12@example.org", "user7@example.org"];
        var failed = changes.Zip(outcomes).Where(pair => pair.Second.Status != WriteStatus.Written).ToArray();
        Assert.Equal(own, failed.Select(pair => pair.First.Account.Address.Key).Order(StringComparer.Ordinal));
        Assert.All(failed, pair =>
        {
            Assert.Equal((WriteStatus.Failed, ErrorIds.WriteFailed), (pair.Second.Status, pair.Second.ErrorId));
            Assert.Contains(reason, pair.Second.Message, StringComparison.Ordinal);
        });
        await AllStandAsync(database, changes.Where(change => !own.Contains(change.Account.Address.Key)).ToArray());
        var there = await database.HashesAsync();
        Assert.All(own, key => Assert.Equal(OldHash, there[key]));
        return [.. failed.Select(pair => pair.First)];
    }

    // Until the other client has come to its sleep, and so holds what the statements before it took.
    private static async Task UntilAsleepAsync(ServerDatabaseUnderTest database, Task other)
    {
        var query = database.Server.Engine == "mysql"
            ? "SELECT id FROM information_schema.PROCESSLIST WHERE state = 'User sleep'"
            : "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while (!other.IsCompleted && (await database.Server.QueryAsync(database.Name, query)).Count == 0)
        {
            await Task.Delay(20);
        }
    }

    private static string Sleep(ServerDatabaseUnderTest database, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"SELECT {(database.Server.Engine == "mysql" ? "SLEEP" : "pg_sleep")}({seconds})");

    [SkippableTheory]
    [OnEngines(Engines.All, true)]
    [OnEngines(Engines.All, false)]
    public async Task Connection_cut_at_commit_is_settled_once(string engine, bool serverHears)
    {
        var database = await MakeAsync(engine, 50);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears);
        await using var store = await OpenAuditedAsync(database, proxy.Port);
        var changes = await ChangesAsync(store, "Y3V0");

        proxy.Arm();
        var outcomes = await store.WriteAsync(changes, None);

        Assert.Equal(1, proxy.Cuts);
        Assert.All(outcomes, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AllStandAsync(database, changes);
        Assert.Equal("50 50", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.OneOfEach)]
    public async Task Unix_socket_reaches_the_server(string engine)
    {
        var database = await MakeAsync(engine, 3);
        await using var store = await database.OpenBySocketAsync();
        var changes = await ChangesAsync(store, "c29ja2V0");
        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AllStandAsync(database, changes);
    }

    [SkippableTheory]
    [OnEngines(Engines.All)]
    public async Task A_repeated_batch_counts_as_written_and_writes_nothing(string engine)
    {
        var database = await MakeAsync(engine, 50);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "YWdhaW4");
        await store.WriteAsync(changes[..30], None);
        Assert.Equal("30 30", await AuditAsync(database));

        Assert.All(await store.WriteAsync(changes[..30], None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        Assert.Equal("30 30", await AuditAsync(database));

        // Some for the second time, the others for the first.
        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AllStandAsync(database, changes);
        Assert.Equal("50 50", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.Newest)]
    public async Task A_server_killed_in_mid_run_and_started_again_loses_nothing(string engine)
    {
        // Its own server, because the other tests would be disturbed.
        await using var server = await InTheLab.TryAsync<LabDatabaseServer>(async () => engine switch
        {
            "mysql" => await MariaDbServer.StartAsync(),
            "postgresql" => await PostgresServer.StartAsync(),
            _ => await MariaDbServer.StartMySqlAsync(engine["mysql-".Length..]),
        });
        var database = await ServerDatabaseUnderTest.MakeAsync(server);
        await database.FillAsync(Enumerable.Range(0, 3000).Select(i => ($"user{i}@example.org", true)), OldHash);
        await using var store = await database.OpenAsync();
        var changes = await ChangesAsync(store, "a2lsbA");
        var written = 0;
        var killed = Task.CompletedTask;
        foreach (var batch in changes.Chunk(100))
        {
            var writing = store.WriteAsync(batch, None).AsTask();
            if (written == 1000)
            {
                killed = RestartAsync(server);
            }

            Assert.All(await writing, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
            written += batch.Length;
        }

        await killed;
        await AllStandAsync(database, changes);

        static async Task RestartAsync(LabDatabaseServer server)
        {
            if (server is MariaDbServer mariaDb)
            {
                await mariaDb.Process.KillAsync();
                await mariaDb.Process.StartAsync(mariaDb.AnswersAsync);
            }
            else if (server is PostgresServer postgres)
            {
                await postgres.Process.KillAsync();
                await postgres.StartAgainAsync();
            }
        }
    }

    [SkippableTheory]
    [OnEngines(Engines.All)]
    public async Task A_row_that_another_holds_is_waited_for(string engine)
    {
        // MariaDB here gives up waiting for a row after a second, so the batch is repeated.
        var database = await MakeAsync(engine, 20);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "bG9jaw");
        var other = database.Server.ExecuteAsync(database.Name, $"BEGIN; UPDATE mailbox SET display_name = 'held' WHERE address_key = 'user7@example.org'; {Sleep(database, 2.5)}; COMMIT");
        await UntilAsleepAsync(database, other);

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        await other;
        await AllStandAsync(database, changes);
        Assert.Equal("20 20", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.All)]
    public async Task A_deadlock_with_another_client_is_repeated(string engine)
    {
        // The other client takes the rows from the far end, one after the other.
        var database = await MakeAsync(engine, 20);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "ZGVhZA");
        var held = database.Server.ExecuteAsync(
            database.Name,
            $"BEGIN; UPDATE mailbox SET display_name = 'b' WHERE address_key = 'user9@example.org'; {Sleep(database, 0.7)}; UPDATE mailbox SET display_name = 'a' WHERE address_key = 'user0@example.org'; COMMIT");
        await UntilAsleepAsync(database, held);

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        try
        {
            await held;
        }
        catch (InvalidOperationException)
        {
            // The server may choose either as its victim; the store's write must succeed in both cases.
        }

        await AllStandAsync(database, changes);
        Assert.Equal("20 20", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines("mysql-5.7 mysql-8.0 mysql-8.4")]
    public async Task Lost_certification_in_the_group_is_retried(string engine)
    {
        // Group replication answers so (ER_TRANSACTION_ROLLBACK_DURING_COMMIT); here a trigger does, once. What it notes stays
        // when the transaction is undone.
        var database = await MakeAsync(engine, 20);
        await database.Server.ExecuteAsync(database.Name, "CREATE TABLE lost (n INT) ENGINE=MyISAM");
        await CreateTriggerAsync(database, "CREATE TRIGGER certification BEFORE UPDATE ON mailbox FOR EACH ROW IF (SELECT COUNT(*) FROM lost) < 2 THEN INSERT INTO lost VALUES (1); SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 3101, MESSAGE_TEXT = 'Plugin instructed the server to rollback the current transaction.'; END IF");
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "Z3JvdXA");

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        await AllStandAsync(database, changes);
        Assert.Equal("20 20", await AuditAsync(database));
        Assert.Equal("2", (await database.Server.QueryAsync(database.Name, "SELECT COUNT(*) AS n FROM lost"))[0]["n"]);
    }

    [SkippableTheory]
    [OnEngines("mysql-5.7 mysql-8.4")]
    public async Task A_server_that_is_offline_for_a_moment_is_waited_for(string engine)
    {
        var database = await MakeAsync(engine, 20);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "b2ZmbGluZQ");
        await database.Server.ExecuteAsync(database.Name, "SET GLOBAL offline_mode = 1");
        var online = database.Server.ExecuteAsync(database.Name, $"{Sleep(database, 1.5)}; SET GLOBAL offline_mode = 0");

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        await online;
        await AllStandAsync(database, changes);
        Assert.Equal("20 20", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.MySql, "CREATE TRIGGER no_seven BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key = 'user7@example.org' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'seven is protected'; END IF")]
    [OnEngines("mysql-8.4", "ALTER TABLE mailbox ADD CONSTRAINT `seven is protected` CHECK (address_key <> 'user7@example.org' OR password_hash = '{SSHA512}b2xk') //")]
    [OnEngines("postgresql", "CREATE FUNCTION no_seven() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.address_key = ''user7@example.org'' THEN RAISE EXCEPTION ''seven is protected''; END IF; RETURN new; END'; CREATE TRIGGER no_seven BEFORE UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION no_seven()")]
    public async Task Row_that_the_server_refuses_fails_alone(string engine, string trigger)
    {
        var database = await MakeAsync(engine, 20);
        await CreateTriggerAsync(database, trigger);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "dHJpZw");

        var outcomes = await store.WriteAsync(changes, None);

        var refused = Assert.Single(changes.Zip(outcomes), pair => pair.Second.Status != WriteStatus.Written);
        Assert.Equal("user7@example.org", refused.First.Account.Address.Key);
        Assert.Equal((WriteStatus.Failed, ErrorIds.WriteFailed), (refused.Second.Status, refused.Second.ErrorId));
        Assert.Contains("seven is protected", refused.Second.Message, StringComparison.Ordinal);
        await AllStandAsync(database, changes.Where(change => change != refused.First).ToArray());
        Assert.Equal("19 19", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.MySql, "CREATE TRIGGER own_mind BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key IN ('user7@example.org', 'user12@example.org') THEN SET new.password_hash = {0}; END IF", "UPPER(new.password_hash)")]
    [OnEngines(Engines.MySql, "CREATE TRIGGER own_mind BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key IN ('user7@example.org', 'user12@example.org') THEN SET new.password_hash = {0}; END IF", "old.password_hash")]
    [OnEngines("postgresql", "CREATE FUNCTION own_mind() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.address_key IN (''user7@example.org'', ''user12@example.org'') THEN new.password_hash = {0}; END IF; RETURN new; END'; CREATE TRIGGER own_mind BEFORE UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION own_mind()", "upper(new.password_hash)")]
    [OnEngines("postgresql", "CREATE FUNCTION own_mind() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.address_key IN (''user7@example.org'', ''user12@example.org'') THEN new.password_hash = {0}; END IF; RETURN new; END'; CREATE TRIGGER own_mind BEFORE UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION own_mind()", "old.password_hash")]
    public async Task Hash_that_the_database_alters_is_undone_and_reported(string engine, string trigger, string altered)
    {
        var database = await MakeAsync(engine, 20);
        trigger = trigger.Replace("{0}", altered, StringComparison.Ordinal);
        await CreateTriggerAsync(database, trigger);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "YWx0ZXI");

        await LeavesTwoAsync(database, store, changes, "altered");
        Assert.Equal("18 18", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-5.6 mysql-8.4", "CREATE TRIGGER locks BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key IN ('user7@example.org', 'user12@example.org') THEN SET new.active = 0; END IF")]
    [InlineData("postgresql", "CREATE FUNCTION locks() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.address_key IN (''user7@example.org'', ''user12@example.org'') THEN new.active = false; END IF; RETURN new; END'; CREATE TRIGGER locks BEFORE UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION locks()")]
    [InlineData("postgresql", "CREATE FUNCTION locks() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF pg_trigger_depth() < 2 AND old.address_key IN (''user7@example.org'', ''user12@example.org'') THEN UPDATE mailbox SET active = false WHERE address_key = old.address_key; END IF; RETURN NULL; END'; CREATE CONSTRAINT TRIGGER locks AFTER UPDATE ON mailbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION locks()")]
    public async Task Row_whose_mailbox_a_trigger_disables_is_rolled_back(string engine, string trigger)
    {
        var database = await MakeAsync(engine, 20);
        await CreateTriggerAsync(database, trigger);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "bG9ja3M");

        var left = await LeavesTwoAsync(database, store, changes, "would not log in as before: The mailbox is disabled.");
        var accounts = await store.FindAsync([.. changes.Select(change => change.Account.Address)], None);
        Assert.All(accounts, account => Assert.Equal(MailboxState.Active, account!.State));
        Assert.Equal("18 18", await AuditAsync(database));

        // An undone or restored hash is written in any state of the mailbox.
        var back = left.Select(change => new HashWrite { Account = change.Account, NewHash = "{SSHA512}YmFjaw", Undoes = true }).ToArray();
        Assert.All(await store.WriteAsync(back, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
    }

    [SkippableTheory]
    [OnEngines(Engines.All)]
    public async Task Password_that_another_sets_during_the_wait_is_kept(string engine)
    {
        var database = await MakeAsync(engine, 250);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "d2FpdA");
        var other = database.Server.ExecuteAsync(
            database.Name,
            $"BEGIN; UPDATE mailbox SET password_hash = '{{SSHA512}}dGhlaXJz' WHERE address_key = 'user7@example.org'; DELETE FROM mailbox WHERE address_key = 'user120@example.org'; {Sleep(database, 0.5)}; COMMIT");
        await UntilAsleepAsync(database, other);

        var outcomes = await store.WriteAsync(changes, None);
        await other;

        var expected = changes.Select(change => change.Account.Address.Key switch
        {
            "user7@example.org" => WriteStatus.Conflict,
            "user120@example.org" => WriteStatus.NotFound,
            _ => WriteStatus.Written,
        });
        Assert.Equal(expected, outcomes.Select(outcome => outcome.Status));
        await AllStandAsync(database, changes.Zip(outcomes).Where(pair => pair.Second.Status == WriteStatus.Written).Select(pair => pair.First).ToArray());
        Assert.Equal("{SSHA512}dGhlaXJz", (await database.HashesAsync())["user7@example.org"]);
        Assert.Equal("248 248", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.MySql, "latin1")]
    [OnEngines("mysql mysql-8.4", "utf8mb4")]
    [OnEngines("mysql mysql-8.4", "ucs2")]
    [OnEngines("postgresql", null)]
    public async Task Batch_writes_keys_and_hashes_of_every_kind_and_length(string engine, string? charset)
    {
        // Each row unlike its neighbours in length and kind: without a hash, an empty one, quotes and backslashes, letters
        // beyond ASCII in key and hash, one that is long; and some five hundred in between, not a round number.
        var database = await MakeAsync(engine, 0);
        if (charset is not null)
        {
            await database.Server.ExecuteAsync(database.Name, $"ALTER TABLE mailbox CONVERT TO CHARACTER SET {charset}");
        }

        string?[] olds = [null, string.Empty, "{PLAIN}it's", "{PLAIN}back\\slash\\", "{PLAIN}jürgen", "{PLAIN}" + new string('x', 200), "{PLAIN}trailing '", "{SSHA512}b2xk"];
        string[] keys = ["a@b.cd", "o'brien@example.org", "jürgen@example.org", new string('l', 60) + "@example.org", "back\\slash@example.org"];
        var rows = keys.Concat(Enumerable.Range(0, 528).Select(i => $"user{new string('n', i % 20)}{i}@example.org")).Select((key, i) => (Key: key, Old: olds[i % olds.Length])).ToArray();
        string Text(string? text) => text is null ? "NULL" : $"'{(database.Server.Engine == "mysql" ? text.Replace("\\", "\\\\", StringComparison.Ordinal) : text).Replace("'", "''", StringComparison.Ordinal)}'";
        await database.Server.ExecuteAsync(
            database.Name,
            $"INSERT INTO mailbox (address, address_key, domain, password_hash) VALUES {string.Join(",", rows.Select(row => $"({Text(row.Key)}, {Text(row.Key)}, 'example.org', {Text(row.Old)})"))}");
        await using var store = await OpenAuditedAsync(database);
        var changes = rows.Select((row, i) => new HashWrite
        {
            Account = new MailboxAccount { Address = MailboxAddress.Parse("x@example.org"), StoreKey = row.Key, PasswordHash = row.Old },
            NewHash = $"{{SSHA512}}{new string('N', i % 7)}{i.ToString(CultureInfo.InvariantCulture)}{(i % 50 == 0 ? "'\\" : string.Empty)}",
        }).ToArray();

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        var there = await database.HashesAsync();
        Assert.All(changes, change => Assert.Equal(change.NewHash, there[change.Account.StoreKey]));
        Assert.Equal($"{rows.Length} {rows.Length}", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.All)]
    public async Task Batch_takes_addresses_that_are_not_ASCII(string engine)
    {
        // MariaDB's column here is latin1: ü is in it, č and 界 are not.
        var database = await MakeAsync(engine, 5);
        await database.FillAsync([("jürgen@example.org", true)], OldHash);
        await using var store = await OpenAuditedAsync(database);
        string[] all = ["user0@example.org", "jürgen@example.org", "jiřička@example.org", "世界@example.org", "user1@example.org"];
        var found = await store.FindAsync(all.Select(MailboxAddress.Parse).ToArray(), None);
        Assert.Equal([true, true, false, false, true], found.Select(account => account is not null));

        var changes = found.OfType<MailboxAccount>().Select((account, i) => new HashWrite { Account = account, NewHash = $"{{SSHA512}}dW1s{i}" }).ToArray();
        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AllStandAsync(database, changes);
    }

    [SkippableTheory]
    [OnEngines(Engines.All)]
    public async Task A_hash_longer_than_the_column_is_refused_and_never_cut(string engine)
    {
        var database = await MakeAsync(engine, 2);
        await database.Server.ExecuteAsync(database.Name, database.Server.Engine == "mysql" ? "ALTER TABLE mailbox MODIFY password_hash VARCHAR(64)" : "ALTER TABLE mailbox ALTER password_hash TYPE VARCHAR(64)");
        await using var store = await OpenAuditedAsync(database);
        Assert.Equal(64, store.Info.HashColumnWidth);
        var changes = await ChangesAsync(store, "c2hvcnQ");
        var tooLong = new HashWrite { Account = changes[0].Account, NewHash = "{SSHA512}" + new string('a', 56) };
        var outcomes = await store.WriteAsync([tooLong, changes[1]], None);
        Assert.Equal([(WriteStatus.Failed, ErrorIds.WriteFailed), (WriteStatus.Written, null)], outcomes.Select(outcome => (outcome.Status, outcome.ErrorId)));
        Assert.Equal(OldHash, (await database.HashesAsync())[tooLong.Account.Address.Key]);
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-8.4", "mysql")]
    [OnEngines("postgresql", "postgres")]
    public async Task A_connection_that_leaves_the_machine_must_be_encrypted(string engine, string scheme)
    {
        // A valid login, so that the server does not refuse it before the encryption.
        var server = (await MakeAsync(engine, 0)).Server;
        var address = InTheLab.OtherAddress();
        await using var proxy = new CuttingProxy(server.Port, serverHears: true);
        var location = StoreLocation.Parse(string.Create(CultureInfo.InvariantCulture, $"{scheme}://nobody@{address}:{proxy.Port}/nothing"));
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(location, new StoreOpenOptions()));
        Assert.Equal(ErrorIds.StoreTlsRequired, fault.ErrorId);
        fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(location, new StoreOpenOptions { AllowPlaintext = true }));
        Assert.NotEqual(ErrorIds.StoreTlsRequired, fault.ErrorId);
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-8.0 mysql-8.4 postgresql")]
    public async Task Read_only_server_is_reported_as_read_only(string engine)
    {
        var database = await MakeAsync(engine, 1);
        var isMySql = database.Server.Engine == "mysql";
        await using var writable = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(writable, "cm8");
        // PostgreSQL's sessions learn it when they begin, so those that are open are ended.
        await database.Server.ExecuteAsync(isMySql ? database.Name : "postgres", isMySql
            ? "SET GLOBAL read_only = 1"
            : $"ALTER DATABASE {database.Server.Quote(database.Name)} SET default_transaction_read_only = on; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.Name}'");
        try
        {
            var fault = await Assert.ThrowsAsync<MailPassException>(async () => await writable.WriteAsync(changes, None));
            Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
            await using var store = await OpenAuditedAsync(database);
            Assert.True(store.Info.IsReadOnly);
        }
        finally
        {
            await database.Server.ExecuteAsync(isMySql ? database.Name : "postgres", isMySql ? "SET GLOBAL read_only = 0" : $"ALTER DATABASE {database.Server.Quote(database.Name)} RESET default_transaction_read_only");
        }
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-8.0 mysql-8.4 postgresql")]
    public async Task Tables_of_no_known_system_are_named(string engine)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine, "CREATE TABLE recipes (id INT)");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => database.OpenAsync());
        Assert.Equal(ErrorIds.SchemaNotDetected, fault.ErrorId);
        Assert.Contains("recipes", fault.Message, StringComparison.Ordinal);
    }
}
