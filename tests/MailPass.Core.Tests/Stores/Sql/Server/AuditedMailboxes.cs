using System.Globalization;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Mailboxes with a log table, which shows writes that were done twice or in part.</summary>
internal static class AuditedMailboxes
{
    public const string OldHash = "{SSHA512}b2xk";

    private const string Schema = """
        {
          "name": "audited", "title": "Audited", "engines": ["mysql", "postgresql"],
          "detect": [ { "table": "mailbox", "columns": ["address_key"] } ],
          "mailbox": { "table": "mailbox", "as": "m", "key": "m.address_key", "address": "m.address_key", "domain": "m.domain" },
          "hash": { "column": "m.password_hash", "prefix": "always" },
          "login": [ { "column": "m.active", "in": ["1"], "else": "disabled", "because": "The mailbox is disabled." } ],
          "write": { "insert": [ { "table": "audit", "values": { "who": { "column": "m.address_key" } } } ] }
        }
        """;

    public static string Tables(string engine) => ServerDatabaseUnderTest.Tables(engine) + "; CREATE TABLE audit (who VARCHAR(320))";

    public static async Task<ServerDatabaseUnderTest> MakeAsync(DatabaseServers servers, string engine, int mailboxes)
    {
        var server = await servers.GetAsync(engine);
        var database = await ServerDatabaseUnderTest.MakeAsync(server, Tables(server.Engine));
        await FillAsync(database, mailboxes);
        return database;
    }

    public static Task FillAsync(ServerDatabaseUnderTest database, int mailboxes) =>
        database.FillAsync(Enumerable.Range(0, mailboxes).Select(i => ($"user{i}@example.org", true)), OldHash);

    public static async Task<IMailboxStore> OpenAuditedAsync(ServerDatabaseUnderTest database, int? port = null, StoreOpenOptions? options = null)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["schema.json"], Schema);
        return await database.OpenAsync((options ?? new StoreOpenOptions()) with { Schema = folder["schema.json"] }, port);
    }

    public static async Task<HashWrite[]> ChangesAsync(IMailboxStore store, string mark) =>
        await store.ListAsync(new MailboxQuery(), CancellationToken.None)
            .Select((account, i) => new HashWrite { Account = account, NewHash = $"{{SSHA512}}{mark}{i.ToString(CultureInfo.InvariantCulture)}" })
            .ToArrayAsync();

    /// <summary>Creates a trigger, whose text contains semicolons.</summary>
    public static Task CreateTriggerAsync(ServerDatabaseUnderTest database, string trigger) =>
        database.Server.ExecuteAsync(database.Name, database.Server.Engine == "mysql" ? $"DELIMITER //\n{trigger} //" : trigger);

    public static async Task AllStandAsync(ServerDatabaseUnderTest database, HashWrite[] changes)
    {
        var there = await database.HashesAsync();
        Assert.All(changes, change => Assert.Equal(change.NewHash, there[change.Account.Address.Key]));
    }

    /// <summary>How many rows the log has, and of how many mailboxes.</summary>
    public static async Task<string> AuditAsync(ServerDatabaseUnderTest database)
    {
        var row = Assert.Single(await database.Server.QueryAsync(database.Name, "SELECT COUNT(*) AS a, COUNT(DISTINCT who) AS d FROM audit"));
        return $"{row["a"]} {row["d"]}";
    }
}
