using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Tables without transactions, as in many older mail systems: a hash that was written is reported as written, whatever failed after it.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class TransactionlessTableTests(DatabaseServers servers)
{
    private static CancellationToken None => CancellationToken.None;

    public static TheoryData<string, string> EnginesWithoutTransactions => new()
    {
        { "mysql", "MyISAM" },
        { "mysql", "Aria TRANSACTIONAL=0" },
        { "mysql-5.6", "MyISAM" },
        { "mysql-5.7", "MyISAM" },
        { "mysql-8.4", "MyISAM" },
    };

    [SkippableTheory]
    [MemberData(nameof(EnginesWithoutTransactions))]
    public async Task A_batch_is_written_and_the_store_notes_missing_transactions(string engine, string kind)
    {
        var database = await MakeAsync(engine, kind, 1500);
        await using var store = await OpenAuditedAsync(database);
        Assert.Equal(["mailbox", "audit"], store.Info.Notes.Where(note => note.Contains(kind.Split(' ')[0], StringComparison.Ordinal)).Select(note => note.Split(' ')[2]));
        var changes = await ChangesAsync(store, "bXlpc2Ft");

        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        await AllStandAsync(database, changes);
        Assert.Equal("1500 1500", await AuditAsync(database));
    }

    [SkippableTheory]
    [MemberData(nameof(EnginesWithoutTransactions))]
    public async Task Hashes_replaced_before_the_server_failed_are_reported(string engine, string kind)
    {
        var database = await MakeAsync(engine, kind, 20);
        await CreateTriggerAsync(database, Refusing("MYSQL_ERRNO = 1290, "));
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "bGFzdGluZw");

        var fault = await Assert.ThrowsAsync<InterruptedWriteException>(async () => await store.WriteAsync(changes, None));

        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
        var written = await AssertTrueAsync(database, changes, fault.Outcomes);
        Assert.InRange(written, 1, 19);
        Assert.Equal($"{written} {written}", await AuditAsync(database));
    }

    [SkippableTheory]
    [MemberData(nameof(EnginesWithoutTransactions))]
    public async Task Row_that_the_server_refuses_fails_alone(string engine, string kind)
    {
        var database = await MakeAsync(engine, kind, 20);
        await CreateTriggerAsync(database, Refusing(string.Empty));
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "cm93");

        var outcomes = await store.WriteAsync(changes, None);

        Assert.Equal("user7@example.org", Assert.Single(changes.Zip(outcomes), pair => pair.Second.Status == WriteStatus.Failed).First.Account.Address.Key);
        Assert.Equal(19, await AssertTrueAsync(database, changes, [.. outcomes.Select(outcome => outcome.Status == WriteStatus.Failed ? (WriteOutcome?)null : outcome)]));
        Assert.Equal("19 19", await AuditAsync(database));
    }

    [SkippableTheory]
    [MemberData(nameof(EnginesWithoutTransactions))]
    public async Task Row_whose_mailbox_a_trigger_disables_reports_its_hash(string engine, string kind)
    {
        var database = await MakeAsync(engine, kind, 20);
        await CreateTriggerAsync(database, "CREATE TRIGGER locks BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key = 'user7@example.org' THEN SET new.active = 0; END IF");
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "bG9ja3M");

        var outcomes = await store.WriteAsync(changes, None);

        var failed = Assert.Single(changes.Zip(outcomes), pair => pair.Second.Status != WriteStatus.Written);
        Assert.Equal("user7@example.org", failed.First.Account.Address.Key);
        Assert.Contains("has no transactions, so it keeps the new hash", failed.Second.Message, StringComparison.Ordinal);
        Assert.Equal(failed.First.NewHash, (await database.HashesAsync())["user7@example.org"]);
    }

    [SkippableTheory]
    [MemberData(nameof(EnginesWithoutTransactions))]
    public async Task Kept_hashes_are_reported_if_bookkeeping_is_refused(string engine, string kind)
    {
        var database = await MakeAsync(engine, kind, 20);
        await CreateTriggerAsync(database, "CREATE TRIGGER no_audit BEFORE INSERT ON audit FOR EACH ROW SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1142, MESSAGE_TEXT = 'no right to'");
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "YmVzaWRl");

        var fault = await Assert.ThrowsAsync<InterruptedWriteException>(async () => await store.WriteAsync(changes, None));

        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
        Assert.Equal(20, await AssertTrueAsync(database, changes, fault.Outcomes));
        Assert.Equal("0 0", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7", "MyISAM", true)]
    [OnEngines("mysql", "MyISAM", false)]
    public async Task Connection_cut_at_commit_is_settled_once(string engine, string kind, bool serverHears)
    {
        var database = await MakeAsync(engine, kind, 50);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears);
        await using var store = await OpenAuditedAsync(database, proxy.Port);
        var changes = await ChangesAsync(store, "Y3V0");

        proxy.Arm();
        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        Assert.Equal(1, proxy.Cuts);
        await AllStandAsync(database, changes);
        Assert.Equal("50 50", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7", "UPPER(new.password_hash)", "neither the old nor the new password works")]
    [OnEngines("mysql mysql-5.7", "old.password_hash", "left as it was")]
    public async Task Hash_that_a_trigger_altered_is_reported(string engine, string altered, string told)
    {
        var database = await MakeAsync(engine, "MyISAM", 20);
        await CreateTriggerAsync(database, $"CREATE TRIGGER own_mind BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key IN ('user7@example.org', 'user12@example.org') THEN SET new.password_hash = {altered}; END IF");
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "YWx0ZXI");

        var outcomes = await store.WriteAsync(changes, None);

        var failed = changes.Zip(outcomes).Where(pair => pair.Second.Status != WriteStatus.Written).ToArray();
        Assert.Equal(["user12@example.org", "user7@example.org"], failed.Select(pair => pair.First.Account.Address.Key).Order(StringComparer.Ordinal));
        Assert.All(failed, pair => Assert.Equal(ErrorIds.WriteFailed, pair.Second.ErrorId));
        Assert.All(failed, pair => Assert.Contains(told, pair.Second.Message, StringComparison.Ordinal));
        var there = await database.HashesAsync();
        Assert.All(failed, pair => Assert.Equal(told == "left as it was", there[pair.First.Account.Address.Key] == OldHash));
        await AllStandAsync(database, [.. changes.Except(failed.Select(pair => pair.First))]);
        Assert.Equal("18 18", await AuditAsync(database));
    }

    private async Task<ServerDatabaseUnderTest> MakeAsync(string engine, string kind, int mailboxes)
    {
        var database = await AuditedMailboxes.MakeAsync(servers, engine, mailboxes);
        await database.Server.ExecuteAsync(database.Name, $"ALTER TABLE mailbox ENGINE={kind}; ALTER TABLE audit ENGINE={kind}");
        return database;
    }

    private static string Refusing(string errno) =>
        $"CREATE TRIGGER no_seven BEFORE UPDATE ON mailbox FOR EACH ROW IF old.address_key = 'user7@example.org' THEN SIGNAL SQLSTATE '45000' SET {errno}MESSAGE_TEXT = 'seven is protected'; END IF";

    // Every outcome is what the server's own client sees; returns how many were written.
    private static async Task<int> AssertTrueAsync(ServerDatabaseUnderTest database, HashWrite[] changes, IReadOnlyList<WriteOutcome?> outcomes)
    {
        var there = await database.HashesAsync();
        Assert.All(changes.Zip(outcomes), pair =>
        {
            Assert.Equal(pair.Second is null ? OldHash : pair.First.NewHash, there[pair.First.Account.Address.Key]);
            Assert.True(pair.Second is null or { Status: WriteStatus.Written });
        });
        return outcomes.Count(outcome => outcome is not null);
    }
}
