using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Sessions.Logins;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

/// <summary>A run that goes step by step: canaries, waves, a limit of failures, and owners who change their passwords meanwhile.</summary>
public sealed class ChangeWaveTests : ChangeRunFixture
{
    private const string New = "New-Passw0rd!";

    private static readonly DateTimeOffset s_started = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Canary_logs_in_before_any_other_is_written()
    {
        Fill(3);
        var untouched = new List<string?>();
        using var server = new ScriptedLoginServer((mailbox, password) =>
        {
            untouched.Add(_store.HashOf("user1@example.com"));
            return Verifies(mailbox, password);
        });
        var results = await RunAsync(Reset(3), Canaries(1, server));
        Assert.All(results, result => Assert.Equal((ChangeStatus.Changed, null), (result.Status, result.ErrorId)));
        Assert.Equal(["{SSHA512}before", "{SSHA512}before"], untouched);
    }

    [Fact]
    public async Task Canary_must_be_accepted_by_every_server()
    {
        Fill(2);
        using var good = new ScriptedLoginServer(Verifies);
        using var behind = new ScriptedLoginServer((_, _) => false);
        await AssertCanariesFailAsync(2, Canaries(1, good, behind));
    }

    [Fact]
    public async Task Canary_at_a_server_that_takes_any_password_fails()
    {
        Fill(2);
        using var server = new ScriptedLoginServer((_, _) => true);
        await AssertCanariesFailAsync(2, Canaries(1, server));
    }

    [Fact]
    public async Task Refused_canary_takes_the_accepted_ones_back_too()
    {
        Fill(3);
        using var server = new ScriptedLoginServer((mailbox, password) => mailbox == "user0@example.com" && Verifies(mailbox, password));
        var results = await AssertCanariesFailAsync(3, Canaries(2, server));
        Assert.Equal([ErrorIds.CanaryFailed, ErrorIds.CanaryFailed], results.Take(2).Select(result => result.ErrorId));
    }

    [Fact]
    public async Task Canary_logs_in_only_after_readers_have_forgotten()
    {
        var lag = TimeSpan.FromMilliseconds(300);
        var store = new MemoryStore { Info = _store.Info with { ReaderLag = lag } };
        store.Add("user0@example.com", "{SSHA512}before");
        var (written, asked) = (DateTime.MaxValue, DateTime.MaxValue);
        store.BeforeWrite = _ =>
        {
            written = DateTime.UtcNow;
            return Task.CompletedTask;
        };
        using var server = new ScriptedLoginServer((mailbox, password) =>
        {
            asked = asked == DateTime.MaxValue ? DateTime.UtcNow : asked;
            using var secret = MailPass.Secrets.Secret.FromChars(password);
            return StoredHash.Parse(store.HashOf(mailbox)!).Verify(secret);
        });
        Assert.Null(Assert.Single(await RunAsync(Reset(1), Canaries(1, server), store)).ErrorId);
        Assert.True(asked - written >= lag - TimeSpan.FromMilliseconds(20), $"{asked - written}");
    }

    [Fact]
    public async Task Batch_belongs_to_one_wave()
    {
        Fill(7);
        await RunAsync(Reset(7), _options with { BatchSize = 2, WaveSize = 3 });
        Assert.Equal([2, 1, 2, 1, 1], _store.Batches);
    }

    [Fact]
    public async Task Wave_is_waited_for_once_and_not_before_the_first()
    {
        Fill(4);
        using var stop = new CancellationTokenSource();
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 1, WaveSize = 2, WaveDelay = TimeSpan.FromDays(1) });
        await foreach (var result in run.ExecuteAsync(Source(Reset(4)), stop.Token))
        {
            results.Add(result);
            if (results.Count == 2)
            {
                await stop.CancelAsync();
            }
        }

        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Changed], results.Take(2).Select(result => result.Status));
        Assert.All(results.Skip(2), result => Assert.Equal((ChangeStatus.Skipped, ErrorIds.Stopped), (result.Status, result.ErrorId)));
        Assert.Equal("{SSHA512}before", _store.HashOf("user2@example.com"));
    }

    [Theory]
    [InlineData("2", 2, 3, false)]
    [InlineData("2", 3, 3, true)]
    [InlineData("0", 0, 100, false)]
    [InlineData("0", 1, 100, true)]
    [InlineData("5%", 1, 20, false)]
    [InlineData("5%", 2, 20, true)]
    [InlineData("5%", 19, 19, false)]
    [InlineData("0%", 1, 20, true)]
    [InlineData("100%", 20, 20, false)]
    public void Limit_is_exceeded_by_one_more(string limit, long failed, long all, bool isExceeded) =>
        Assert.Equal(isExceeded, FailureLimit.Parse(limit).IsExceeded(failed, all));

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Failures_of_a_batch_count_before_it_is_written(int limit, bool isStopped)
    {
        Fill(1);
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { MaxFailure = new FailureLimit(limit, null) });
        var fault = await Record.ExceptionAsync(() => CollectAsync(run, [Request("a@example.com"), Request("b@example.com"), Request("c@example.com"), Request("user0@example.com")], results));
        Assert.Equal(isStopped ? ErrorIds.TooManyFailures : null, (fault as MailPassException)?.ErrorId);
        Assert.Equal(isStopped, _store.HashOf("user0@example.com") == "{SSHA512}before");
    }

    [Theory]
    [InlineData(0, null, null, "New-Passw0rd!")]
    [InlineData(1, null, ErrorIds.Superseded, "New-Passw0rd!")]
    [InlineData(1, "Owners-Passw0rd!", null, "New-Passw0rd!")]
    [InlineData(-1, null, null, "New-Passw0rd!")]
    public async Task Password_changed_after_the_run_began_is_superseded(int seconds, string? current, string? errorId, string inForce)
    {
        AddChanged("a@example.com", s_started.AddSeconds(seconds));
        var result = Assert.Single(await RunAsync([Request("a@example.com", New, current)], _options with { Started = s_started }));
        Assert.Equal((ChangeStatus.Changed, errorId), (result.Status, result.ErrorId));
        Assert.True(Verifies("a@example.com", inForce));
    }

    [Fact]
    public async Task Newer_password_is_kept_on_request()
    {
        AddChanged("a@example.com", s_started.AddSeconds(1));
        var result = Assert.Single(await RunAsync([Request("a@example.com", New)], _options with { Started = s_started, KeepNewer = true }));
        Assert.Equal((ChangeStatus.Failed, ErrorIds.Superseded), (result.Status, result.ErrorId));
        Assert.True(Verifies("a@example.com", "Owners-Passw0rd!"));
    }

    [Fact]
    public async Task Clock_that_is_hours_ahead_supersedes_nothing()
    {
        AddChanged("a@example.com", DateTimeOffset.UtcNow.AddHours(2));
        var result = Assert.Single(await RunAsync([Request("a@example.com", New)], _options with { KeepNewer = true }));
        Assert.Equal((ChangeStatus.Changed, null), (result.Status, result.ErrorId));
    }

    [Fact]
    public async Task Password_changed_during_the_write_is_kept_on_request()
    {
        _store.Add("a@example.com", Hash("Old-Passw0rd!"));
        _store.BeforeWrite = _ =>
        {
            AddChanged("a@example.com", s_started.AddMinutes(5));
            return Task.CompletedTask;
        };
        var result = Assert.Single(await RunAsync([Request("a@example.com", New)], _options with { KeepNewer = true }));
        Assert.Equal((ChangeStatus.Failed, ErrorIds.Superseded), (result.Status, result.ErrorId));
        Assert.True(Verifies("a@example.com", "Owners-Passw0rd!"));
    }

    [Fact]
    public async Task Current_password_that_cannot_be_verified_refuses_the_change()
    {
        _store.Add("a@example.com", "{NOBODY-KNOWS}abc");
        var result = Assert.Single(await RunAsync([Request("a@example.com", New, "Old-Passw0rd!")]));
        Assert.Equal((ChangeStatus.Failed, ErrorIds.SchemeUnknown), (result.Status, result.ErrorId));
        Assert.Equal("{NOBODY-KNOWS}abc", _store.HashOf("a@example.com"));
    }

    private static ChangeRunOptions Canaries(int count, params ScriptedLoginServer[] servers) =>
        _options with { CanaryCount = count, CanaryServers = [.. servers.Select(server => LoginProbe.At(server.Uri))] };

    private void AddChanged(string address, DateTimeOffset changed) => _store.Add(new MailboxAccount
    {
        Address = MailboxAddress.Parse(address),
        StoreKey = address,
        PasswordHash = Hash("Owners-Passw0rd!"),
        PasswordChanged = changed,
    });

    private async Task<List<ChangeResult>> AssertCanariesFailAsync(int mailboxes, ChangeRunOptions options)
    {
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, options);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Reset(mailboxes), results));
        Assert.Equal(ErrorIds.CanaryFailed, fault.ErrorId);
        Assert.All(results, result => Assert.NotEqual(ChangeStatus.Changed, result.Status));
        Assert.All(Enumerable.Range(0, mailboxes), i => Assert.Equal("{SSHA512}before", _store.HashOf($"user{i}@example.com")));
        return results;
    }
}
