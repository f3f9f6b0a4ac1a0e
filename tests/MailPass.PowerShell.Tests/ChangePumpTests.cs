using MailPass.Journals;
using MailPass.Changes;
using MailPass.PowerShell.Pipeline;
using MailPass.Stores;

namespace MailPass.PowerShell.Tests;

/// <summary>The pump without a PowerShell around it.</summary>
public sealed class ChangePumpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailpass-pump-").FullName;

    [Fact]
    public async Task Fault_that_ends_the_run_is_thrown_as_itself()
    {
        await using var store = await OpenAsync();

        // The fault may come before the pump looks or while it waits, within microseconds: a hundred rounds have both.
        for (var round = 0; round < 100; round++)
        {
            var results = new List<ChangeResult>();
            using var pump = new ChangePump(new ChangeRun(store, new ChangeRunOptions { Journal = new FullDisk() }), CancellationToken.None);
            void Take(ChangeResult result, ref bool isTaken)
            {
                results.Add(result);
                isTaken = true;
            }

            pump.Enqueue(Request(), Take);
            var fault = Assert.Throws<MailPassException>(() => pump.Complete(Take, () => { }));
            Assert.Equal(ErrorIds.JournalUnwritable, fault.ErrorId);
            Assert.Equal(ErrorIds.JournalUnwritable, Assert.Single(results).ErrorId);
        }
    }

    [Fact]
    public async Task Stop_throws_no_fault_but_the_one_that_ended_the_run()
    {
        await using var store = await OpenAsync();
        for (var round = 0; round < 100; round++)
        {
            using var pump = new ChangePump(new ChangeRun(store, new ChangeRunOptions { Journal = new FullDisk() }), CancellationToken.None);
            static void Take(ChangeResult result, ref bool isTaken) => isTaken = true;
            pump.Enqueue(Request(), Take);
            try
            {
                pump.Stop(Take);
            }
            catch (MailPassException fault)
            {
                Assert.Equal(ErrorIds.JournalUnwritable, fault.ErrorId);
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ChangeRequest Request() => new() { Identity = "anna@example.com", Password = Secrets.Secret.FromChars("Given-1pw") };

    private async Task<IMailboxStore> OpenAsync()
    {
        var path = Path.Combine(_folder, "mail.db");
        await MailStore.CreateAsync(path, new[] { new NewMailbox { Identity = "anna@example.com" } }.ToAsyncEnumerable(), CancellationToken.None);
        return await MailStore.OpenAsync(new StoreLocation(StoreProvider.Sqlite, path), new StoreOpenOptions());
    }

    private sealed class FullDisk : IChangeJournal
    {
        public DateTimeOffset Started { get; } = DateTimeOffset.UtcNow;

        public ValueTask RecordAsync(IReadOnlyList<JournalEntry> batch, CancellationToken cancellationToken) =>
            throw new MailPassException(ErrorIds.JournalUnwritable, "There is no room left.");

        public ValueTask SettleAsync(IReadOnlyList<JournalEntry> batch, IReadOnlyList<bool> written) => default;

        public ValueTask DisposeAsync() => default;
    }
}
