using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A closed store has no connection left on its server, nor has one that could not be opened.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class StoreClosingTests(DatabaseServers servers)
{
    // So many that two connections write them.
    private const int Mailboxes = 2500;

    [SkippableTheory]
    [OnEngines(Engines.Newest)]
    public async Task Closed_store_has_no_connection_left(string engine)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        var store = await OpenAuditedAsync(database);
        Assert.All(await store.WriteAsync(await ChangesAsync(store, "b3V0"), CancellationToken.None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        Assert.NotEqual(0, await ConnectionsAsync(database));

        await store.DisposeAsync();

        await HasNoneAsync(database);
    }

    [SkippableTheory]
    [OnEngines(Engines.OneOfEach)]
    public async Task Store_that_cannot_be_opened_has_no_connection(string engine)
    {
        var database = await MakeAsync(servers, engine, 0);
        await Assert.ThrowsAsync<MailPassException>(() => database.OpenAsync(new StoreOpenOptions { Schema = "modoboa" }));
        await HasNoneAsync(database);
    }

    // The server notices it at once and takes a moment to end the connection's session.
    private static async Task HasNoneAsync(ServerDatabaseUnderTest database)
    {
        while (await ConnectionsAsync(database) > 0)
        {
            await Task.Delay(100);
        }
    }

    private static async Task<int> ConnectionsAsync(ServerDatabaseUnderTest database) => (await database.Server.QueryAsync(
        database.Name,
        database.Server.Engine == "mysql"
            ? $"SELECT id FROM information_schema.PROCESSLIST WHERE user = '{database.Login.User}'"
            : $"SELECT pid FROM pg_stat_activity WHERE usename = '{database.Login.User}'")).Count;
}
