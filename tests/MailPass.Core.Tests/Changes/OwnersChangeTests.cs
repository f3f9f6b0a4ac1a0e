using MailPass.Changes;
using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Changes;

/// <summary>A mailbox that somebody else changes while the run is under way, by the store's own date.</summary>
public sealed class OwnersChangeTests : ChangeRunFixture
{
    [Theory]
    [InlineData(0.0, true)]
    [InlineData(1.0, true)]
    [InlineData(-1.0, false)]
    public async Task Change_in_the_second_of_the_start_is_reported(double seconds, bool isTold)
    {
        // A store of whole seconds, in which the owner of the last mailbox acts after the first batch was read.
        var started = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 600, TimeSpan.Zero);
        Fill(40);
        ChangeOnSecondRead(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddSeconds(seconds));
        var last = (await RunAsync(Reset(40), _options with { Journal = new MemoryJournal { Started = started }, BatchSize = 20 }))[39];
        Assert.Equal((ChangeStatus.Changed, isTold ? ErrorIds.Superseded : null), (last.Status, last.ErrorId));
        Assert.Equal(isTold, last.Message?.Contains(seconds == 0 ? "in the second in which the run began" : "while the run was under way", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(3600.0)]
    public async Task Resume_leaves_what_was_changed_since_the_start(double seconds)
    {
        var started = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 600, TimeSpan.Zero);
        _store.Add(Changed("user0@example.com", new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddSeconds(seconds)));
        var result = (await RunAsync(Reset(1), _options with { Started = started, Recorded = new NothingRecorded() }))[0];
        Assert.Equal((ChangeStatus.Failed, ErrorIds.Superseded), (result.Status, result.ErrorId));
        Assert.Equal("{SSHA512}owner", _store.HashOf("user0@example.com"));
    }

    [Fact]
    public async Task Own_run_in_the_same_second_is_not_someone_else()
    {
        var started = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 600, TimeSpan.Zero);
        _store.Add(Changed("user0@example.com", new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero)));
        var result = (await RunAsync(Reset(1), _options with { Started = started }))[0];
        Assert.Equal((ChangeStatus.Changed, null), (result.Status, result.ErrorId));
    }

    private static MailboxAccount Changed(string address, DateTimeOffset time) =>
        new() { Address = MailboxAddress.Parse(address), StoreKey = address, PasswordHash = "{SSHA512}owner", PasswordChanged = time };

    private void ChangeOnSecondRead(DateTimeOffset time)
    {
        var reads = 0;
        _store.BeforeFind = () =>
        {
            if (++reads == 2)
            {
                _store.Add(Changed("user39@example.com", time));
            }
        };
    }

    private sealed class NothingRecorded : IRecordedChanges
    {
        public ValueTask<IReadOnlyList<RecordedChange?>> FindAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken) =>
            new(new RecordedChange?[mailboxes.Count]);

        public IEnumerable<MailboxAddress> NotAskedFor() => [];
    }
}
