using System.Globalization;
using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A server, or a network, that keeps connections open and answers no more.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class HungServerTests(DatabaseServers servers)
{
    private const int Mailboxes = 40;

    // Its limits differ, so that the error shows which one it was.
    private static readonly StoreOpenOptions _hasty = new() { ConnectTimeout = TimeSpan.FromSeconds(2), CommandTimeout = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromSeconds(4) };

    private static readonly StoreOpenOptions _patient = _hasty with { Patience = TimeSpan.FromSeconds(60) };

    private static CancellationToken None => CancellationToken.None;

    [SkippableTheory]
    [OnEngines(Engines.Newest)]
    public async Task Server_that_never_answers_a_connection_is_given_up(string engine)
    {
        var database = await MakeAsync(servers, engine, 1);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears: false);
        proxy.Silence();

        AssertNamesLimit(await Assert.ThrowsAsync<MailPassException>(() => OpenAuditedAsync(database, proxy.Port, _hasty)), proxy, "a connection within 2 s", "connectTimeout");
    }

    [SkippableTheory]
    [OnEngines(Engines.OneOfEach)]
    public async Task Server_that_hangs_during_a_listing_is_given_up(string engine)
    {
        var database = await MakeAsync(servers, engine, 1);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears: false);
        await using var store = await OpenAuditedAsync(database, proxy.Port, _hasty);
        proxy.Silence("ORDER BY");

        AssertNamesLimit(await Assert.ThrowsAsync<MailPassException>(() => ChangesAsync(store, "bGlzdA")), proxy, "a statement within 3 s", "commandTimeout");
    }

    [SkippableTheory]
    [OnEngines(Engines.Newest)]
    public async Task Server_that_hangs_in_mid_batch_leaves_nothing_written(string engine)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears: false);
        await using var store = await OpenAuditedAsync(database, proxy.Port, _hasty);
        var changes = await ChangesAsync(store, "aHVuZw");
        proxy.Silence("UPDATE");

        AssertNamesLimit(await Assert.ThrowsAsync<MailPassException>(async () => await store.WriteAsync(changes, None)), proxy, "a connection within 2 s", "connectTimeout");

        Assert.All(await database.HashesAsync(), pair => Assert.Equal(OldHash, pair.Value));
        proxy.Speak();
        Assert.All(await store.WriteAsync(changes, None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        Assert.Equal($"{Mailboxes} {Mailboxes}", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.OneOfEach, "UPDATE", false)]
    [OnEngines(Engines.OneOfEach, "commit", false)]
    [OnEngines(Engines.OneOfEach, "commit", true)]
    public async Task A_returning_server_is_read_and_nothing_is_written_twice(string engine, string word, bool serverHears)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears);
        await using var store = await OpenAuditedAsync(database, proxy.Port, _patient);
        var changes = await ChangesAsync(store, "YWdhaW4");
        proxy.Silence(word);

        var writing = store.WriteAsync(changes, None).AsTask();
        await Task.Delay(TimeSpan.FromSeconds(5));
        Assert.False(writing.IsCompleted);
        Assert.True(proxy.IsSilent);
        proxy.Speak();

        Assert.All(await writing, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AllStandAsync(database, changes);
        Assert.Equal($"{Mailboxes} {Mailboxes}", await AuditAsync(database));
    }

    [SkippableTheory]
    [OnEngines(Engines.OneOfEach, false)]
    [OnEngines(Engines.Newest, true)]
    public async Task Unanswered_commit_leaves_every_row_reported_as_unknown(string engine, bool serverHears)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears);
        await using var store = await OpenAuditedAsync(database, proxy.Port, _hasty);
        var changes = await ChangesAsync(store, "bmV2ZXI");
        proxy.Silence("commit");

        var fault = await Assert.ThrowsAsync<InterruptedWriteException>(async () => await store.WriteAsync(changes, None));

        AssertNamesLimit(fault, proxy, "a connection within 2 s", "check them with the journal");
        Assert.All(fault.Outcomes, outcome => Assert.Equal(WriteStatus.Unknown, outcome?.Status));
        Assert.All(fault.Outcomes, outcome => Assert.Contains($"127.0.0.1:{proxy.Port}", outcome?.Message, StringComparison.Ordinal));
        var there = await database.HashesAsync();
        Assert.All(changes, change => Assert.Equal(serverHears ? change.NewHash : OldHash, there[change.Account.Address.Key]));
        Assert.Equal(serverHears ? $"{Mailboxes} {Mailboxes}" : "0 0", await AuditAsync(database));
    }

    private static void AssertNamesLimit(MailPassException fault, CuttingProxy proxy, string limit, string remedy)
    {
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{proxy.Port}"), fault.Message, StringComparison.Ordinal);
        Assert.Contains(limit, fault.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, fault.Remedy, StringComparison.Ordinal);
    }
}
