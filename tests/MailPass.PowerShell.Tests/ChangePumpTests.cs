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
    public async Task AFaultThatEndsTheRunComesOutAsItself()
    {
        await using var store = await OpenAsync();

        // Whether the fault is there when the pump looks, or comes while it waits, is a matter of microseconds: both happen here.
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
    public async Task AndSoItDoesWhereTheRunIsStopped()
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
        await MailStore.CreateAsync(path, One(), CancellationToken.None);
        return await MailStore.OpenAsync(new StoreLocation(StoreProvider.Sqlite, path), new StoreOpenOptions());
    }

    private static async IAsyncEnumerable<NewMailbox> One()
    {
        await Task.CompletedTask;
        yield return new NewMailbox { Identity = "anna@example.com" };
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
