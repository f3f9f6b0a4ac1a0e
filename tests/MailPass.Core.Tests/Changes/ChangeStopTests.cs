using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

/// <summary>A run that is stopped, left by its reader or taken back.</summary>
public sealed class ChangeStopTests : ChangeRunFixture
{
    [Fact]
    public async Task Pause_between_waves_ends_at_once_when_stopped()
    {
        Fill(60);
        using var stop = new CancellationTokenSource();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10, WaveSize = 20, WaveDelay = TimeSpan.FromDays(1) });
        var rows = new List<ChangeResult>();
        var begun = DateTimeOffset.UtcNow;
        await foreach (var row in run.ExecuteAsync(Source(Reset(60)), stop.Token))
        {
            rows.Add(row);
            if (rows.Count == 20)
            {
                while (run.NextWave is null)
                {
                    await Task.Delay(10);
                }

                Assert.InRange(run.NextWave.Value, begun.AddDays(1), DateTimeOffset.UtcNow.AddDays(1));
                await stop.CancelAsync();
            }
        }

        Assert.Null(run.NextWave);
        Assert.Equal(20, rows.Count(row => row.Status is ChangeStatus.Changed));
        Assert.All(rows.Skip(20), row => Assert.Equal(ErrorIds.Stopped, row.ErrorId));
    }

    [Fact]
    public async Task Stop_ends_the_intake_and_every_read_row_has_a_result()
    {
        Fill(2000);
        using var stop = new CancellationTokenSource();
        var read = 0;
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10 });
        await foreach (var result in run.ExecuteAsync(Counted(), stop.Token))
        {
            results.Add(result);
            if (results.Count == 15)
            {
                await stop.CancelAsync();
            }
        }

        Assert.Equal(read, results.Count);
        Assert.InRange(read, 15, 1999);
        Assert.All(results, result => Assert.True(result.Status is ChangeStatus.Changed || result.ErrorId is ErrorIds.Stopped));
        Assert.All(results, result => Assert.Equal(result.Status is ChangeStatus.Changed, _store.HashOf(result.Mailbox) != "{SSHA512}before"));

        async IAsyncEnumerable<ChangeRequest> Counted()
        {
            await Task.Yield();
            foreach (var request in Reset(2000))
            {
                read++;
                yield return request;
            }
        }
    }

    [Fact]
    public async Task Recorded_and_stopped_changes_are_noted_as_not_written()
    {
        Fill(100);
        using var stop = new CancellationTokenSource();
        var batches = 0;
        var journal = new MemoryJournal
        {
            Recording = () =>
            {
                if (++batches == 3)
                {
                    stop.Cancel();
                }
            },
        };
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10, Journal = journal });
        await CollectAsync(run, Source(Reset(100)), results, stop.Token);

        Assert.Equal(30, journal.Recorded.Count);
        Assert.Equal(journal.Recorded, journal.Settled.Keys.ToHashSet());
        Assert.Contains(false, journal.Settled.Values);
        var hashes = Enumerable.Range(0, 100).Select(i => _store.HashOf($"user{i}@example.com")!).ToHashSet();
        Assert.All(journal.Settled, note => Assert.Equal(note.Value, hashes.Contains(note.Key)));
        Assert.Equal(journal.Settled.Values.Count(written => written), results.Count(result => result.Status is ChangeStatus.Changed));
    }

    [Fact]
    public async Task Source_that_ignores_a_stop_does_not_delay_it()
    {
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource();
        await using var run = new ChangeRun(_store, _options);
        var collecting = CollectAsync(run, Silent(), [], stop.Token);
        await stop.CancelAsync();
        await collecting;
        never.SetResult();

        async IAsyncEnumerable<ChangeRequest> Silent()
        {
            await never.Task;
            yield break;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(25)]
    public async Task Reader_that_leaves_has_every_unread_change_undone(int taken)
    {
        Fill(300);
        var results = new List<ChangeResult>();
        await using (var run = new ChangeRun(_store, _options with { BatchSize = 10 }))
        {
            await foreach (var result in run.ExecuteAsync(Source(Reset(300))))
            {
                results.Add(result);
                if (results.Count == taken)
                {
                    break;
                }
            }

            await run.DisposeAsync();
            Assert.Empty(run.LeftBehind);
        }

        Assert.Equal(taken, Enumerable.Range(0, 300).Count(i => _store.HashOf($"user{i}@example.com") != "{SSHA512}before"));
        Assert.All(results, result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
    }

    [Fact]
    public async Task Change_that_cannot_be_undone_keeps_its_password()
    {
        _store.Add("stuck@example.com", Hash("Old-Passw0rd!"));
        _store.Add("old@example.com", Hash("Old-Passw0rd!"));
        await using var run = new ChangeRun(_store, _options);
        var results = new List<ChangeResult>();
        await CollectAsync(run, Source([Request("stuck@example.com"), Request("old@example.com")]), results);
        _store.Outcome = write => write.Account.Address.LocalPart == "stuck" ? new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, "The row is locked.") : null;
        var one = Assert.Single(await run.TakeBackAsync(results));
        Assert.Equal("stuck@example.com", one.Mailbox);
        Assert.True(StoredHash.Parse(_store.HashOf("stuck@example.com")!).Verify(one.Password!));
        Assert.True(Verifies("old@example.com", "Old-Passw0rd!"));
    }

    [Fact]
    public async Task A_mailbox_that_had_no_password_has_none_again()
    {
        _store.Add("new@example.com", null);
        await using var run = new ChangeRun(_store, _options);
        var results = new List<ChangeResult>();
        await CollectAsync(run, Source([Request("new@example.com")]), results);
        Assert.Empty(await run.TakeBackAsync(results));
        Assert.Equal(string.Empty, _store.HashOf("new@example.com"));
    }

    [Fact]
    public async Task Taking_back_keeps_what_someone_set_since()
    {
        Fill(1);
        await using var run = new ChangeRun(_store, _options);
        var results = new List<ChangeResult>();
        await CollectAsync(run, Source([Request("user0@example.com")]), results);
        _store.SetHash("user0@example.com", "{SSHA512}later");
        Assert.Empty(await run.TakeBackAsync(results));
        Assert.Equal("{SSHA512}later", _store.HashOf("user0@example.com"));
    }
}
