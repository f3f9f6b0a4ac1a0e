using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Lab.Databases;
using MailPass.Lab.Processes;
using MailPass.Policy;
using MailPass.Stores;
using static MailPass.Core.Tests.Stores.Sql.Server.AuditedMailboxes;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A database server without room left in mid-run: no mailbox may end with a hash whose password nobody has.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class DiskFullTests
{
    private const int Mailboxes = 12_000;

    [SkippableTheory]
    [OnEngines(Engines.OneOfEach)]
    public async Task Table_that_cannot_grow_ends_the_run_with_true_outcomes(string engine)
    {
        await using var disk = await InTheLab.TryAsync(() => SmallDisk.MountAsync(64, engine == "mysql" ? Environment.UserName : "postgres"));
        await using var server = await InTheLab.TryAsync<LabDatabaseServer>(async () => engine == "mysql" ? await MariaDbServer.StartAsync() : await PostgresServer.StartAsync());
        var folder = Directory.CreateDirectory(Path.Combine(disk.Path, "tables")).FullName;
        if (engine == "postgresql")
        {
            await Command.RunAsync("/bin/chown", ["postgres:", folder]);
            await server.ExecuteAsync("postgres", $"CREATE TABLESPACE small LOCATION '{folder}'");
        }

        // The log has all the room it needs, the mailboxes have none.
        var tables = Tables(engine);
        var mailbox = tables[..tables.IndexOf(';', StringComparison.Ordinal)];
        var database = await ServerDatabaseUnderTest.MakeAsync(
            server, mailbox + (engine == "mysql" ? $" DATA DIRECTORY = '{folder}'" : " TABLESPACE small") + tables[tables.IndexOf(';', StringComparison.Ordinal)..]);
        await FillAsync(database, Mailboxes);
        await AssertTrueOutcomesAsync(database, disk.Fill, disk.Free);
    }

    [SkippableFact]
    public async Task Tablespace_at_its_limit_ends_the_run_with_true_outcomes()
    {
        await using var server = await InTheLab.TryAsync(() => MariaDbServer.StartAsync("--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:28M", "--innodb-autoextend-increment=1"));
        var database = await ServerDatabaseUnderTest.MakeAsync(server, Tables("mysql") + "; CREATE TABLE filler (a CHAR(255), b CHAR(255), c CHAR(255))");
        await FillAsync(database, Mailboxes);
        await AssertTrueOutcomesAsync(
            database,
            fill: () => { },
            free: () => { },
            grow: () => server.ExecuteAsync(database.Name, "INSERT INTO filler SELECT REPEAT('x', 255), REPEAT('x', 255), REPEAT('x', 255) FROM mailbox LIMIT 200"));
    }

    [SkippableFact]
    public async Task A_write_ahead_log_without_room_costs_no_mailbox_its_password()
    {
        await using var disk = await InTheLab.TryAsync(() => SmallDisk.MountAsync(64, "postgres"));
        await using var server = await InTheLab.TryAsync(() => PostgresServer.StartAsync("min_wal_size=32MB", "max_wal_size=4GB", "checkpoint_timeout=1h", "wal_recycle=off"));
        await server.Process.StopAsync();
        var wal = Path.Combine(server.DataFolder, "pg_wal");
        await Command.RunAsync("/bin/mv", [wal, Path.Combine(disk.Path, "wal")]);
        await Command.RunAsync("/bin/ln", ["-s", Path.Combine(disk.Path, "wal"), wal]);
        await server.Process.StartAsync(server.AnswersAsync);
        var database = await ServerDatabaseUnderTest.MakeAsync(server, Tables("postgresql"));
        await FillAsync(database, Mailboxes);
        await using var store = await OpenAuditedAsync(database);

        disk.Fill();
        // The server refuses the statement, or it ends by itself and cannot even recover; then an admin makes room.
        var repaired = RepairAsync();
        var expected = new Dictionary<string, string?>(await database.HashesAsync());
        var written = 0;
        do
        {
            Assert.True(written < 200 * Mailboxes, "The disk never got full.");
            foreach (var batch in (await ChangesAsync(store, $"d2Fs{written}")).Chunk(4000))
            {
                IReadOnlyList<WriteOutcome?> outcomes = [];
                try
                {
                    outcomes = [.. (await store.WriteAsync(batch, CancellationToken.None)).Cast<WriteOutcome?>()];
                    Assert.DoesNotContain(null, outcomes);
                }
                catch (MailPassException e)
                {
                    Assert.Equal(ErrorIds.StoreReadOnly, e.ErrorId);
                    Assert.Contains("no room left", e.Message, StringComparison.Ordinal);
                    outcomes = (e as InterruptedWriteException)?.Outcomes ?? [];
                }

                foreach (var (change, outcome) in batch.Zip(outcomes).Where(pair => pair.Second is not null))
                {
                    Assert.Equal(WriteStatus.Written, outcome!.Value.Status);
                    expected[change.Account.Address.Key] = change.NewHash;
                    written++;
                }
            }
        }
        while (!repaired.IsCompleted);

        await repaired;
        // Reported changes are there, each batch exactly once in spite of the retries.
        Assert.Equal(expected, await database.HashesAsync());
        Assert.StartsWith($"{written} ", await AuditAsync(database), StringComparison.Ordinal);

        async Task RepairAsync()
        {
            while (!(await File.ReadAllTextAsync(server.LogFile)).Contains("No space left on device", StringComparison.Ordinal))
            {
                await Task.Delay(100);
            }

            await Task.Delay(1000);
            disk.Free();
            if (server.Process.HasEnded)
            {
                await server.StartAgainAsync();
            }

            while (!await server.AnswersAsync())
            {
                if (server.Process.HasEnded)
                {
                    await server.StartAgainAsync();
                }

                await Task.Delay(100);
            }
        }
    }

    private static async Task AssertTrueOutcomesAsync(ServerDatabaseUnderTest database, Action fill, Action free, Func<Task>? grow = null)
    {
        fill();
        var results = new List<ChangeResult>();
        MailPassException? fault = null;
        await using (var store = await OpenAuditedAsync(database))
        {
            // Each round leaves rows that are no longer needed, so some round finds no room for its own.
            for (var round = 0; fault is null; round++)
            {
                Assert.True(round < 200, "The disk never got full.");
                if (grow is not null)
                {
                    try
                    {
                        await grow();
                    }
                    catch (InvalidOperationException)
                    {
                        // No room for the filler itself.
                    }
                }

                results.ForEach(result => result.Password?.Dispose());
                results.Clear();
                await using var run = new ChangeRun(store, new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), Settings = new HashSettings("SSHA512"), BatchSize = 5000 });
                try
                {
                    await foreach (var result in run.ExecuteAsync(store.ListAsync(new MailboxQuery(), CancellationToken.None).Select(account => new ChangeRequest { Identity = account.Address.Value, Account = account })))
                    {
                        results.Add(result);
                    }
                }
                catch (MailPassException e)
                {
                    fault = e;
                }

                await AssertPasswordsAreKnownAsync(database, results, round == 0 && fault is not null);
            }
        }

        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
        Assert.Contains("no room left", fault.Message, StringComparison.Ordinal);

        // A tablespace at its limit stays there until an admin gives it another file.
        if (grow is not null)
        {
            return;
        }

        free();
        await using var again = await OpenAuditedAsync(database);
        var changes = await ChangesAsync(again, "Z28gb24");
        Assert.All(await again.WriteAsync(changes[..1000], CancellationToken.None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
    }

    // A mailbox whose result says that it was changed has that very password; any other has the one from before.
    private static async Task AssertPasswordsAreKnownAsync(ServerDatabaseUnderTest database, List<ChangeResult> results, bool othersAreOld)
    {
        var there = await database.HashesAsync();
        foreach (var result in results.Where((result, i) => result.Status == ChangeStatus.Changed && i % 97 == 0))
        {
            Assert.True(StoredHash.Parse(there[result.Mailbox]!).Verify(result.Password!), result.Mailbox);
        }

        if (othersAreOld)
        {
            var changed = results.Where(result => result.Status == ChangeStatus.Changed).Select(result => result.Mailbox).ToHashSet();
            Assert.All(there.Where(pair => !changed.Contains(pair.Key)), pair => Assert.Equal(OldHash, pair.Value));
        }
    }
}
