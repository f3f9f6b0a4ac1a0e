using System.Globalization;
using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A table of which its server still believes that it is empty, as after an import: its rows are found by their index all the same.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class FreshTableTests(DatabaseServers servers)
{
    private const int Mailboxes = 1000;

    [SkippableTheory]
    [OnEngines(Engines.MySql, "")]
    // The statement does not name an index that the server must ignore.
    [InlineData("mysql-8.4", "ALTER TABLE mailbox ADD KEY other (address_key), ALTER INDEX address_key INVISIBLE")]
    public async Task Fresh_table_is_not_scanned_for_each_mailbox(string engine, string alteration)
    {
        var database = await MakeAsync(servers, engine, 0);
        await database.Server.ExecuteAsync(database.Name, $"ALTER TABLE mailbox STATS_PERSISTENT = 1, STATS_AUTO_RECALC = 0; {alteration}");
        await FillAsync(database, Mailboxes);
        await database.Server.ExecuteAsync(database.Name, "FLUSH TABLES");
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "ZnJlc2g");
        var before = await ReadInOrderAsync();

        Assert.All(await store.WriteAsync(changes, CancellationToken.None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        // A few for each mailbox, and not as many as there are mailboxes.
        Assert.InRange(await ReadInOrderAsync() - before, 0, 30 * Mailboxes);
        await AllStandAsync(database, changes);

        // How many rows were read because they came next, rather than looked up.
        async Task<long> ReadInOrderAsync() => long.Parse(
            (await database.Server.QueryAsync(database.Name, "SHOW GLOBAL STATUS LIKE 'Handler_read_rnd_next'"))[0]["Value"]!, CultureInfo.InvariantCulture);
    }
}
