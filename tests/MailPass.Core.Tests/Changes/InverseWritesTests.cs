using MailPass.Changes;
using MailPass.Core.Tests.Stores;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Stores;
using Microsoft.Data.Sqlite;

namespace MailPass.Core.Tests.Changes;

public sealed class InverseWritesTests : IDisposable
{
    private static readonly string[] _everybody = ["anna@example.org", "bert@example.org", "cleo@example.org"];

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["mail.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TakeBack_puts_the_date_of_the_change_back()
    {
        await using var store = await MakeAsync();
        var before = await TableAsync();
        var results = await RunAsync(store, null);
        Assert.NotEqual(before, await TableAsync());

        Assert.Empty(await TakeBack.FromStoreAsync(store, [], results));

        Assert.Equal(before, await TableAsync());
    }

    [Fact]
    public async Task Restore_puts_the_date_of_the_change_back()
    {
        await using var store = await MakeAsync();
        var before = await TableAsync();
        await using (var journal = FileJournal.Create(_folder["journal"], store.Info))
        {
            await RunAsync(store, journal);
        }

        var restored = await new JournalReplay(store, _folder["journal"]).RestoreAsync().ToListAsync();
        Assert.NotEmpty(restored);
        Assert.All(restored, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        Assert.Equal(before, await TableAsync());
    }

    [Fact]
    public async Task Mailboxes_with_and_without_bookkeeping_go_back_in_one_call()
    {
        await using var store = await MakeAsync();
        var before = await TableAsync();
        var results = await RunAsync(store, null);
        var changed = await TableAsync();
        var writes = results.Select((result, i) => new HashWrite
        {
            Account = new MailboxAccount { Address = result.Written!.Before.Address, StoreKey = result.Written.Before.StoreKey, PasswordHash = result.Written.NewHash },
            NewHash = result.Written.Before.PasswordHash!,
            // One as it was read, one of a journal that knows nothing of bookkeeping, one of a schema whose column is gone.
            PutBack = i switch { 0 => result.Written.Before.Bookkeeping, 1 => null, _ => new Bookkeeping(["mailbox.other"], ["1"]) },
            Time = DateTimeOffset.UtcNow.AddDays(1),
        }).ToList();

        Assert.All(await InverseWrites.WriteAsync(store, writes), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));

        var after = await TableAsync();
        Assert.Equal(before[0], after[0]);
        Assert.All(after.Skip(1), row => Assert.DoesNotContain(row, before.Concat(changed)));
    }

    private static async Task<List<ChangeResult>> RunAsync(IMailboxStore store, IChangeJournal? journal)
    {
        await using var run = new ChangeRun(store, new ChangeRunOptions { Journal = journal, Settings = new("SSHA512"), Generator = new(PasswordPolicy.Default) });
        var results = await run.ExecuteAsync(_everybody.Select(address => new ChangeRequest { Identity = address }).ToAsyncEnumerable()).ToListAsync();
        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        return results;
    }

    private async Task<IMailboxStore> MakeAsync()
    {
        await MailStore.CreateAsync(Path, _everybody.Select(address => new NewMailbox { Identity = address, PasswordHash = "{SSHA512}old" }).ToAsyncEnumerable(), CancellationToken.None);
        // One never changed, one long ago.
        using (var connection = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            await connection.OpenAsync();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE mailbox SET password_changed = CASE WHEN address LIKE 'anna%' THEN NULL ELSE 86400 END";
            await command.ExecuteNonQueryAsync();
        }

        return await MailStore.OpenAsync(StoreLocation.Parse(Path), new StoreOpenOptions());
    }

    // Each mailbox with its hash and its date, types included.
    private async Task<List<string>> TableAsync()
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        await connection.OpenAsync();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT address || ' ' || password_hash || ' ' || typeof(password_changed) || ' ' || ifnull(password_changed, '') FROM mailbox ORDER BY address";
        using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
