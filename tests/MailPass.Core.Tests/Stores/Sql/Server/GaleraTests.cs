using System.Globalization;
using MailPass.Lab.Databases;
using MailPass.Lab.Processes;
using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A Galera cluster of two nodes that are both written: a transaction that loses the certification is retried and reported correctly.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class GaleraTests
{
    [SkippableFact]
    public async Task Lost_certification_is_retried_and_a_node_waited_for()
    {
        await using var cluster = await InTheLab.TryAsync(() => GaleraCluster.StartAsync());
        var database = await ServerDatabaseUnderTest.MakeAsync(cluster.First, Tables("mysql") + " ; ALTER TABLE audit ADD id BIGINT AUTO_INCREMENT PRIMARY KEY FIRST");
        await FillAsync(database, 60);
        // Slow enough for the other node to come in between.
        await cluster.First.ExecuteAsync(database.Name, "CREATE TRIGGER slow BEFORE UPDATE ON mailbox FOR EACH ROW SET @slept = SLEEP(0.03)");
        await using var store = await OpenAuditedAsync(database);

        var changes = await ChangesAsync(store, "Z2FsZXJh");
        var before = await AbortsAsync();
        var writing = store.WriteAsync(changes, CancellationToken.None).AsTask();
        await Task.Delay(400);
        await cluster.Second.ExecuteAsync(database.Name, "UPDATE mailbox SET display_name = 'from the other node' WHERE address_key = 'user7@example.org'");
        Assert.All(await writing, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        Assert.True(await AbortsAsync() > before, "The other node's write aborted no transaction here.");
        await AssertBothNodesHaveAsync(changes, "60 60");

        // ERROR 1047: WSREP has not yet prepared node for application use.
        changes = await ChangesAsync(store, "cmVhZHk");
        await cluster.First.ExecuteAsync("mysql", "SET GLOBAL wsrep_reject_queries = ALL");
        writing = store.WriteAsync(changes, CancellationToken.None).AsTask();
        await Task.Delay(1500);
        Assert.False(writing.IsCompleted);
        await cluster.First.ExecuteAsync("mysql", "SET GLOBAL wsrep_reject_queries = NONE");
        Assert.All(await writing, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AssertBothNodesHaveAsync(changes, "120 60");

        // The other node rotates a password while the batch is under way: it is theirs, and the rest is ours.
        changes = await ChangesAsync(store, "cm90YXRl");
        writing = store.WriteAsync(changes, CancellationToken.None).AsTask();
        await Task.Delay(400);
        await cluster.Second.ExecuteAsync(database.Name, "UPDATE mailbox SET password_hash = 'theirs' WHERE address_key = 'user7@example.org'");
        var outcomes = await writing;
        var lost = Assert.Single(changes.Zip(outcomes), pair => pair.Second.Status != WriteStatus.Written);
        Assert.Equal(("user7@example.org", WriteStatus.Conflict), (lost.First.Account.Address.Key, lost.Second.Status));
        await AssertBothNodesHaveAsync([.. changes.Where(change => change != lost.First)], "179 60");

        async Task<long> AbortsAsync() =>
            long.Parse((await cluster.First.QueryAsync("mysql", "SHOW STATUS LIKE 'wsrep_local_bf_aborts'"))[0]["Value"]!, CultureInfo.InvariantCulture);

        async Task AssertBothNodesHaveAsync(HashWrite[] written, string audit)
        {
            foreach (var node in new[] { cluster.First, cluster.Second })
            {
                var there = (await node.QueryAsync(database.Name, "SET SESSION wsrep_sync_wait = 1; SELECT address_key, password_hash, display_name FROM mailbox"))
                    .ToDictionary(row => row["address_key"]!, row => row);
                Assert.All(written, change => Assert.Equal(change.NewHash, there[change.Account.Address.Key]["password_hash"]));
                Assert.Equal("from the other node", there["user7@example.org"]["display_name"]);
                var log = Assert.Single(await node.QueryAsync(database.Name, "SELECT COUNT(*) AS a, COUNT(DISTINCT who) AS d FROM audit"));
                Assert.Equal(audit, $"{log["a"]} {log["d"]}");
            }
        }
    }
}
