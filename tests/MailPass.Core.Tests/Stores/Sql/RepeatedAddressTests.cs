using MailPass.Core.Tests.Stores.Sql.Server;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql;

/// <summary>An address that two rows have: which of them a login uses is not known, so neither is written, whether found by domain or by name.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class RepeatedAddressTests(DatabaseServers servers)
{
    private const string Schema = """
        {
          "name": "twins", "title": "Twins", "engines": ["mysql", "postgresql"],
          "detect": [ { "table": "mailbox", "columns": ["address"] } ],
          "mailbox": { "table": "mailbox", "as": "m", "key": "m.id", "address": "m.address", "domain": "m.domain" },
          "hash": { "column": "m.password_hash", "prefix": "always" }
        }
        """;

    [SkippableTheory]
    [OnEngines("mysql", "twin@example.org", null)]
    [OnEngines(Engines.OneOfEach, "Twin@Example.org", "example.org")]
    [OnEngines("mysql-5.7 postgresql", "Twin@Example.org", null)]
    [OnEngines("postgresql", "twin@example.org", "example.org")]
    public async Task Neither_row_can_be_written(string engine, string second, string? domain)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        string[] addresses = ["twin@example.org", second, "other@example.org", "twin@example.com"];
        await database.Server.ExecuteAsync(
            database.Name,
            $"INSERT INTO mailbox (id, address, address_key, domain, password_hash) VALUES {string.Join(", ", addresses.Select((address, i) => $"({i + 1}, '{address}', 'row{i}', '{address.Split('@')[1].ToLowerInvariant()}', '{{SSHA512}}b2xk')"))}");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["schema.json"], Schema);
        await using var store = await database.OpenAsync(new StoreOpenOptions { Schema = folder["schema.json"] });

        var listed = await store.ListAsync(new MailboxQuery { Domain = domain }, CancellationToken.None).ToListAsync();
        Assert.Equal(domain is null ? ["1", "2", "3", "4"] : ["1", "2", "3"], listed.Select(account => account.StoreKey));
        Assert.All(listed, account => Assert.Equal(account.StoreKey is "1" or "2", account.WriteRefusal is not null));
        Assert.Contains(
            second == "twin@example.org" ? "more than once (rows 1 and 2)" : "in two rows that differ only in case, Twin@example.org and twin@example.org (rows 1 and 2)".Replace("Twin@example.org", second, StringComparison.Ordinal),
            listed[0].WriteRefusal,
            StringComparison.Ordinal);
        Assert.All(listed.Take(2), account => Assert.Equal((MailboxState.Active, listed[0].WriteRefusal, listed[0].WriteRefusal), (account.State, account.StateReason, account.WriteRefusal)));

        var asked = (await store.FindAsync([MailboxAddress.Parse(second), MailboxAddress.Parse("other@example.org")], CancellationToken.None))!;
        Assert.Equal([listed[0].WriteRefusal, null], asked.Select(account => account!.WriteRefusal));
        Assert.Equal("1", asked[0]!.StoreKey);
    }
}
