using System.Text;
using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A table that is empty by its server's statistics, as after a crash during an import: a batch's rows are still found by their index.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class StaleStatisticsTests(DatabaseServers servers)
{
    private const int Mailboxes = 200;

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7 mysql-8.4")]
    public async Task Every_statement_of_a_batch_names_the_index(string engine)
    {
        var database = await MakeAsync(servers, engine, Mailboxes);
        await database.Server.ExecuteAsync(
            database.Name,
            $"""
            ANALYZE TABLE mailbox;
            UPDATE mysql.innodb_table_stats SET n_rows = 0, clustered_index_size = 1, sum_of_other_index_sizes = 1 WHERE database_name = '{database.Name}' AND table_name = 'mailbox';
            UPDATE mysql.innodb_index_stats SET stat_value = 0 WHERE database_name = '{database.Name}' AND table_name = 'mailbox' AND stat_name LIKE 'n_diff%';
            FLUSH TABLES
            """);
        await using var store = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(store, "c3RhbGU");
        await database.Server.ExecuteAsync(database.Name, "TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1");
        try
        {
            await store.FindAsync([.. changes.Select(change => change.Account.Address)], CancellationToken.None);
            Assert.All(await store.WriteAsync(changes, CancellationToken.None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        }
        finally
        {
            await database.Server.ExecuteAsync(database.Name, "SET GLOBAL general_log = 0");
        }

        var statements = (await database.Server.QueryAsync(
            database.Name,
            "SELECT HEX(argument) AS statement FROM mysql.general_log WHERE command_type = 'Query' AND argument LIKE '%`mailbox`%' AND argument LIKE '%user1@example.org%' AND argument NOT LIKE '%general_log%'"))
            // The client cannot show the character that stands for NULL in a statement.
            .Select(row => Encoding.UTF8.GetString(Convert.FromHexString(row["statement"]!)).Replace('\u0001', '~')).ToList();
        Assert.Equal(["INSERT", "SELECT", "SELECT", "UPDATE"], statements.Select(statement => statement.Split(' ')[0]).Order());
        foreach (var statement in statements)
        {
            var plan = await database.Server.QueryAsync(database.Name, "EXPLAIN " + statement);
            Assert.All(plan.Where(step => step["table"] == "m"), step => Assert.Equal("address_key", step["key"]));
            Assert.Contains(plan, step => step["table"] == "m");
        }
    }
}
