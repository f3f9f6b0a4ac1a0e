using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A batch that is written in several transactions, one of which fails for good: the others' outcomes are reported.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class InterruptedBatchTests(DatabaseServers servers)
{
    private const int Mailboxes = 3000;

    private static CancellationToken None => CancellationToken.None;

    [SkippableTheory]
    [OnEngines(Engines.OneOfEach, "user0@example.org")]
    [OnEngines(Engines.All, "user999@example.org")]
    public async Task One_half_is_reported_as_written_if_the_other_fails(string engine, string unwritable)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await RefuseAsync(database, unwritable);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "aGFsZg");

        var fault = await Assert.ThrowsAsync<InterruptedWriteException>(async () => await store.WriteAsync(changes, None));

        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
        Assert.Equal(Mailboxes / 2, await AssertTrueAsync(database, changes, fault.Outcomes));
    }

    [SkippableTheory]
    [OnEngines(Engines.MySql)]
    public async Task Statements_before_a_failed_one_are_reported_as_written(string engine)
    {
        // Its own server, because the limit of a statement's length applies to the whole server.
        var database = await MakeAsync(servers, engine, 500);
        await RefuseAsync(database, "user99@example.org");
        var before = (await database.Server.QueryAsync(database.Name, "SELECT @@global.max_allowed_packet AS bytes"))[0]["bytes"];
        await database.Server.ExecuteAsync(database.Name, "SET GLOBAL max_allowed_packet = 16384");
        try
        {
            await using var store = await OpenAuditedAsync(database);
            var changes = await ChangesAsync(store, "bG9uZw");

            var fault = await Assert.ThrowsAsync<InterruptedWriteException>(async () => await store.WriteAsync(changes, None));

            Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
            Assert.InRange(await AssertTrueAsync(database, changes, fault.Outcomes), 1, 499);
        }
        finally
        {
            await database.Server.ExecuteAsync(database.Name, $"SET GLOBAL max_allowed_packet = {before}");
        }
    }

    [SkippableTheory]
    [OnEngines(Engines.Newest, true)]
    [OnEngines(Engines.Newest, false)]
    public async Task Each_half_settles_its_own_lost_commit(string engine, bool serverHears)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears);
        await using var store = await OpenAuditedAsync(database, proxy.Port);
        var changes = await ChangesAsync(store, "Ym90aA");

        proxy.Arm(2);
        var outcomes = await store.WriteAsync(changes, None);

        Assert.Equal(2, proxy.Cuts);
        Assert.All(outcomes, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AllStandAsync(database, changes);
        Assert.Equal($"{Mailboxes} {Mailboxes}", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.All)]
    public async Task Halves_that_lock_one_row_of_another_table_both_succeed(string engine)
    {
        // A trigger counts changes by domain, as some panels do; the halves meet there in opposite orders.
        var database = await MakeAsync(servers, engine, Mailboxes);
        var (isMySql, key) = (database.Server.Engine == "mysql", "substr(new.address_key, 6, 1)");
        var count = $"UPDATE counts SET n = n + 1 WHERE part = {key}";
        await database.Server.ExecuteAsync(
            database.Name,
            "CREATE TABLE counts (part CHAR(1) PRIMARY KEY, n INT NOT NULL); INSERT INTO counts VALUES ('0', 0), ('1', 0), ('2', 0), ('3', 0), ('4', 0), ('5', 0), ('6', 0), ('7', 0), ('8', 0), ('9', 0), ('@', 0)"
            + (isMySql ? $"; CREATE TRIGGER counting AFTER UPDATE ON mailbox FOR EACH ROW {count}"
                : $"; CREATE FUNCTION counting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN {count.Replace("'", "''", StringComparison.Ordinal)}; RETURN new; END'; CREATE TRIGGER counting AFTER UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION counting()"));
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "Y291bnQ");

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        await AllStandAsync(database, changes);
        Assert.Equal($"{Mailboxes} {Mailboxes}", await AuditAsync(database));
        Assert.Equal($"{Mailboxes}", (await database.Server.QueryAsync(database.Name, "SELECT SUM(n) AS n FROM counts"))[0]["n"]);
    }

    // As a server that has become read-only would answer, for one row.
    private static Task RefuseAsync(ServerDatabaseUnderTest database, string key) => CreateTriggerAsync(database, database.Server.Engine == "mysql"
        ? $"CREATE TRIGGER no_more BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key = '{key}' THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = 'no more'; END IF"
        : $"CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF old.address_key = ''{key}'' THEN RAISE EXCEPTION ''no more'' USING ERRCODE = ''25006''; END IF; RETURN new; END'; CREATE TRIGGER no_more BEFORE UPDATE ON mailbox FOR EACH ROW EXECUTE FUNCTION no_more()");

    // Every outcome is what the server's own client sees; returns how many were written.
    private static async Task<int> AssertTrueAsync(ServerDatabaseUnderTest database, HashWrite[] changes, IReadOnlyList<WriteOutcome?> outcomes)
    {
        var there = await database.HashesAsync();
        Assert.All(changes.Zip(outcomes), pair =>
        {
            Assert.Equal(pair.Second is null ? OldHash : pair.First.NewHash, there[pair.First.Account.Address.Key]);
            Assert.True(pair.Second is null or { Status: WriteStatus.Written });
        });
        var written = outcomes.Count(outcome => outcome is not null);
        Assert.Equal($"{written} {written}", await AuditAsync(database));
        return written;
    }
}
