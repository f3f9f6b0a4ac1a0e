using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

/// <summary>What a run writes and reports when others write too, or when the store is lost.</summary>
public sealed class ChangeWritingTests : ChangeRunFixture
{
    [Fact]
    public async Task Conflict_is_overwritten_by_an_admin_not_by_self_service()
    {
        _store.Add("admin@example.com", Hash("Old-Passw0rd!"));
        _store.Add("self@example.com", Hash("Old-Passw0rd!"));
        var once = true;
        _store.BeforeWrite = _ =>
        {
            if (once)
            {
                once = false;
                _store.SetHash("admin@example.com", Hash("Other-Passw0rd!"));
                _store.SetHash("self@example.com", Hash("Other-Passw0rd!"));
            }

            return Task.CompletedTask;
        };
        var results = await RunAsync([Request("admin@example.com", "New-Passw0rd!"), Request("self@example.com", "New-Passw0rd!", "Old-Passw0rd!")]);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed], results.Select(result => result.Status));
        Assert.Equal(ErrorIds.WriteConflict, results[1].ErrorId);
        Assert.True(Verifies("admin@example.com", "New-Passw0rd!"));
        Assert.True(Verifies("self@example.com", "Other-Passw0rd!"));
        Assert.Equal(ErrorIds.Superseded, results[0].ErrorId);
        Assert.Contains("Someone else changed", results[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Constant_conflict_is_given_up_after_three_attempts()
    {
        _store.Add("a@example.com", Hash("Old-Passw0rd!"));
        _store.BeforeWrite = _ =>
        {
            _store.SetHash("a@example.com", Hash("Other-Passw0rd!"));
            return Task.CompletedTask;
        };
        Assert.Equal(ErrorIds.WriteConflict, Assert.Single(await RunAsync([Request("a@example.com", "New-Passw0rd!")])).ErrorId);
        Assert.Equal([1, 1, 1], _store.Batches);
        Assert.True(Verifies("a@example.com", "Other-Passw0rd!"));
    }

    [Fact]
    public async Task Mailbox_disabled_while_the_batch_is_written_is_left()
    {
        _store.Add("a@example.com", Hash("Old-Passw0rd!"));
        _store.BeforeWrite = _ =>
        {
            _store.Add("a@example.com", Hash("Other-Passw0rd!"), MailboxState.Disabled);
            return Task.CompletedTask;
        };
        Assert.Equal(ErrorIds.MailboxDisabled, Assert.Single(await RunAsync([Request("a@example.com", "New-Passw0rd!")])).ErrorId);
        Assert.True(Verifies("a@example.com", "Other-Passw0rd!"));
    }

    [Fact]
    public async Task Superseded_row_has_time_and_password_in_force()
    {
        var before = new MailboxAccount { Address = MailboxAddress.Parse("a@example.com"), StoreKey = "a@example.com", PasswordHash = Hash("Old-Passw0rd!") };
        _store.Add(before);
        var owners = true;
        _store.BeforeWrite = _ =>
        {
            if (owners)
            {
                owners = false;
                _store.Add(new MailboxAccount
                {
                    Address = before.Address,
                    StoreKey = before.StoreKey,
                    PasswordHash = Hash("Owners-Passw0rd!"),
                    PasswordChanged = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero),
                });
            }

            return Task.CompletedTask;
        };
        var result = (await RunAsync([Request("a@example.com")]))[0];
        Assert.Equal((ChangeStatus.Changed, ErrorIds.Superseded), (result.Status, result.ErrorId));
        Assert.Contains("2026-03-04T05:06:07+00:00", result.Message, StringComparison.Ordinal);
        Assert.True(StoredHash.Parse(_store.HashOf("a@example.com")!).Verify(result.Password!));
    }

    [Fact]
    public async Task A_lost_store_ends_the_run_after_every_row_so_far()
    {
        Fill(100);
        var batches = 0;
        _store.BeforeWrite = _ => ++batches == 3 ? throw new MailPassException(ErrorIds.StoreUnreachable, "The server is gone.") : Task.CompletedTask;
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10 });
        var fault = await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Reset(100), results));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Equal(20, results.Count(result => result.Status is ChangeStatus.Changed));
        Assert.All(results.Where(result => result.Status is ChangeStatus.Changed), result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
        Assert.All(results.Skip(20), result => Assert.Equal("{SSHA512}before", _store.HashOf(result.Mailbox)));
        Assert.Equal(ErrorIds.StoreUnreachable, results[20].ErrorId);
    }

    [Fact]
    public async Task Rows_of_a_full_disk_are_of_the_cause_that_ended_the_run()
    {
        Fill(20);
        _store.BeforeWrite = static _ => throw new MailPassException(ErrorIds.StoreReadOnly, "The disk is full.");
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10 });
        await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Reset(20), results));
        Assert.All(results.Where(result => result.Status is ChangeStatus.Failed), result => Assert.True(RunFaults.IsCauseOf(result)));
        Assert.Equal(ErrorIds.StoreReadOnly, results[0].ErrorId);
        Assert.False(RunFaults.IsCauseOf(new ChangeResult { Mailbox = "a@example.com", Status = ChangeStatus.Failed, ErrorId = ErrorIds.StoreReadOnly }));
    }

    [Fact]
    public async Task A_store_lost_within_a_batch_reports_certain_outcomes()
    {
        Fill(40);
        var batches = 0;
        _store.BeforeWrite = batch =>
        {
            if (++batches < 2)
            {
                return Task.CompletedTask;
            }

            _store.SetHash(batch[0].Account.Address.Value, batch[0].NewHash);
            WriteOutcome?[] outcomes = [new(WriteStatus.Written), new(WriteStatus.Unknown), new(WriteStatus.Conflict), .. new WriteOutcome?[batch.Count - 3]];
            throw new InterruptedWriteException(new MailPassException(ErrorIds.StoreUnreachable, "The server is gone."), outcomes);
        };
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10 });
        var fault = await Assert.ThrowsAnyAsync<MailPassException>(() => CollectAsync(run, Reset(40), results));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Equal(Enumerable.Repeat(ChangeStatus.Changed, 11), results.Take(11).Select(result => result.Status));
        Assert.All(results.Take(11), result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
        Assert.Equal((ChangeStatus.Failed, ErrorIds.WriteUnknown, true), (results[11].Status, results[11].ErrorId, results[11].Password is not null));
        Assert.All(results.Skip(12), result =>
        {
            Assert.NotEqual(ChangeStatus.Changed, result.Status);
            Assert.Null(result.Password);
            Assert.Contains("not changed", result.Message, StringComparison.Ordinal);
            Assert.Equal("{SSHA512}before", _store.HashOf(result.Mailbox));
        });
        Assert.All(results.Skip(12).Take(8), result => Assert.Equal(ErrorIds.StoreUnreachable, result.ErrorId));
    }

    [Fact]
    public async Task Password_of_an_uncertain_change_is_in_its_row()
    {
        Fill(1);
        _store.Outcome = _ => new WriteOutcome(WriteStatus.Unknown);
        var results = await RunAsync([Request("user0@example.com")]);
        Assert.Equal(ErrorIds.WriteUnknown, results[0].ErrorId);
        Assert.NotNull(results[0].Password);
    }

    [Fact]
    public async Task The_journal_has_a_password_before_the_store_hears_of_it()
    {
        Fill(50);
        var journal = new MemoryJournal();
        _store.BeforeWrite = batch =>
        {
            Assert.All(batch, write => Assert.Contains(write.NewHash, journal.Recorded));
            return Task.CompletedTask;
        };
        var results = await RunAsync(Reset(50), _options with { Journal = journal });
        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
    }

    [Fact]
    public async Task Changes_that_the_journal_refuses_are_not_written()
    {
        Fill(50);
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { Journal = new MemoryJournal { Full = true } });
        var fault = await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Reset(50), results));
        Assert.Equal(ErrorIds.JournalUnwritable, fault.ErrorId);
        Assert.Empty(_store.Batches);
        Assert.DoesNotContain(results, result => result.Status is ChangeStatus.Changed);
    }
}
