using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Tables of one mail system that were created at different times, with different character sets and collations.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class MixedCollationTests(DatabaseServers servers)
{
    private const string Schema = """
        {
          "name": "mixed", "title": "Mixed", "engines": ["mysql"],
          "detect": [ { "table": "mailbox", "columns": ["address_key"] } ],
          "mailbox": {
            "table": "mailbox", "as": "m", "key": "m.address_key", "address": "m.address_key", "domain": "m.domain",
            "joins": [ { "table": "domain", "as": "d", "on": { "domain": "m.domain" } } ]
          },
          "hash": { "column": "m.password_hash", "prefix": "always" },
          "login": [ { "column": "d.active", "in": ["1"], "else": "disabled", "because": "The domain is not there." } ],
          "write": { "update": [ { "table": "token", "set": [ { "column": "ended", "to": { "literal": "1" } } ], "where": { "owner": { "column": "m.address_key" } } } ] }
        }
        """;

    [SkippableTheory]
    [InlineData("mysql", "latin1_general_ci", "latin1_swedish_ci")]
    [InlineData("mysql", "latin1_general_ci", "utf8mb4_unicode_ci")]
    [InlineData("mysql", "utf8mb4_general_ci", "utf8mb4_unicode_520_ci")]
    [InlineData("mysql", "utf8mb3_general_ci", "utf8mb4_bin")]
    [InlineData("mysql", "latin1_general_ci", "utf8mb3_czech_ci")]
    [InlineData("mysql", "utf8mb4_bin", "ascii_general_ci")]
    [InlineData("mysql-8.4", "utf8mb4_0900_ai_ci", "latin1_swedish_ci")]
    public async Task Tables_are_read_and_written_together(string engine, string mailboxes, string others)
    {
        var server = await servers.GetAsync(engine);
        var database = await ServerDatabaseUnderTest.MakeAsync(
            server,
            $"""
            {ServerDatabaseUnderTest.Tables(server.Engine)};
            CREATE TABLE domain (domain VARCHAR(190) PRIMARY KEY, active TINYINT(1) NOT NULL DEFAULT 1);
            CREATE TABLE token (owner VARCHAR(190) PRIMARY KEY, ended INT NOT NULL DEFAULT 0);
            ALTER TABLE mailbox MODIFY address_key VARCHAR(190) NOT NULL, MODIFY domain VARCHAR(190) NOT NULL;
            ALTER TABLE mailbox CONVERT TO CHARACTER SET {mailboxes.Split('_')[0]} COLLATE {mailboxes};
            ALTER TABLE domain CONVERT TO CHARACTER SET {others.Split('_')[0]} COLLATE {others};
            ALTER TABLE token CONVERT TO CHARACTER SET {others.Split('_')[0]} COLLATE {others};
            INSERT INTO domain (domain) VALUES ('example.org');
            INSERT INTO token (owner) VALUES ('anna@example.org')
            """);
        await database.FillAsync([("anna@example.org", true), ("zoë@example.org", true)], AuditedMailboxes.OldHash);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["schema.json"], Schema);
        await using var store = await database.OpenAsync(new StoreOpenOptions { Schema = folder["schema.json"] });

        Assert.Equal(["example.org"], await store.ListDomainsAsync(CancellationToken.None).ToListAsync());
        var listed = await store.ListAsync(new MailboxQuery { Domain = "example.org" }, CancellationToken.None).ToListAsync();
        Assert.Equal(2, listed.Count);
        Assert.All(listed, account => Assert.Equal(MailboxState.Active, account.State));
        var found = await store.FindAsync([MailboxAddress.Parse("anna@example.org"), MailboxAddress.Parse("zoë@example.org")], CancellationToken.None);
        Assert.All(found, Assert.NotNull);

        var changes = await AuditedMailboxes.ChangesAsync(store, "bWl4ZWQ");
        Assert.All(await store.WriteAsync(changes, CancellationToken.None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AuditedMailboxes.AllStandAsync(database, changes);
        Assert.Equal("1", Assert.Single(await server.QueryAsync(database.Name, "SELECT ended FROM token"))["ended"]);
    }
}
