using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A domain of any length is listed in pages, and each begins where the last one ended instead of skipping the rows before it.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class ListingTests(DatabaseServers servers)
{
    private const int Mailboxes = 6_500;

    [SkippableTheory]
    [OnEngines(Engines.MySql)]
    public async Task Every_page_is_a_range_of_the_index_of_domains(string engine)
    {
        var database = await MakeAsync(engine);
        await database.Server.ExecuteAsync(database.Name, "ANALYZE TABLE mailbox");
        await using var store = await database.OpenAsync();
        await database.Server.ExecuteAsync(database.Name, "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1");
        try
        {
            Assert.Equal(Mailboxes, await store.ListAsync(new MailboxQuery { Domain = "example.com" }, CancellationToken.None).CountAsync());
        }
        finally
        {
            await database.Server.ExecuteAsync(database.Name, "SET GLOBAL general_log = 0");
        }

        var statements = (await database.Server.QueryAsync(
            database.Name, "SELECT CONVERT(argument USING utf8mb4) AS statement FROM mysql.general_log WHERE argument LIKE 'SELECT%`mailbox`%`id` > %ORDER BY%LIMIT%' ORDER BY event_time DESC LIMIT 3"))
            .Select(row => row["statement"]!).ToList();
        Assert.Equal(3, statements.Count);
        Assert.All(statements, statement => Assert.Contains("'example.com'", statement, StringComparison.Ordinal));
        foreach (var statement in statements)
        {
            var plan = Assert.Single(await database.Server.QueryAsync(database.Name, "EXPLAIN " + statement));
            Assert.Equal(("range", "domain"), (plan["type"], plan["key"]));
        }
    }

    [SkippableTheory]
    [InlineData("mysql", "DROP INDEX domain ON mailbox")]
    [InlineData("mysql", "ALTER TABLE mailbox ALTER INDEX domain IGNORED")]
    [InlineData("mysql", "DROP INDEX domain ON mailbox; CREATE INDEX domain ON mailbox (domain(5))")]
    [InlineData("mysql", "DROP INDEX domain ON mailbox; CREATE INDEX domain ON mailbox (domain, id)")]
    [InlineData("mysql", "ALTER TABLE mailbox ENGINE = Aria")]
    [InlineData("mysql-8.0", "ALTER TABLE mailbox ALTER INDEX domain INVISIBLE")]
    [InlineData("mysql", "RENAME TABLE mailbox TO rows_of_mailbox; CREATE VIEW mailbox AS SELECT * FROM rows_of_mailbox")]
    public async Task Whatever_the_index_is_everything_is_listed_once(string engine, string alteration)
    {
        var database = await MakeAsync(engine);
        await database.Server.ExecuteAsync(database.Name, alteration);
        await using var store = await database.OpenAsync();

        var listed = await store.ListAsync(new MailboxQuery { Domain = "example.com" }, CancellationToken.None).Select(account => account.Address.Value).ToListAsync();

        Assert.Equal(Enumerable.Range(0, Mailboxes).Select(Address), listed);
    }

    private static string Address(int i) => $"user{i}@example.com";

    private async Task<ServerDatabaseUnderTest> MakeAsync(string engine)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        await database.FillAsync(Enumerable.Range(0, Mailboxes).SelectMany(i => new[] { (Address(i), true), ($"user{i}@example.net", true) }), "{SSHA512}before");
        return database;
    }
}
