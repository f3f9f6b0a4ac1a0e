using MailPass.Changes;
using MailPass.Core.Tests.Stores;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

/// <summary>Journal, then store: repeated records, notes, waits, and the secrets that are overwritten afterwards.</summary>
public sealed class ChangeWriterTests : IDisposable
{
    private const string Anna = "anna@example.com";
    private const string Bert = "bert@example.com";
    private const string Before = "{SSHA512}before";

    private static readonly HashSettings s_fast = new("SSHA512");

    private readonly MemoryStore _store = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Conflict_is_recorded_again_with_the_hash_it_met()
    {
        _store.Add(Anna, Before);
        _store.BeforeWrite = _ =>
        {
            _store.BeforeWrite = null;
            _store.SetHash(Anna, "{SSHA512}theirs");
            return Task.CompletedTask;
        };
        var path = _folder["run"];
        await using (var journal = FileJournal.Create(path, _store.Info))
        {
            Assert.Equal(ChangeStatus.Changed, Assert.Single(await RunAsync(new ChangeRunOptions { Settings = s_fast, Journal = journal }, Request(Anna))).Status);
        }

        // Once for each attempt.
        Assert.Equal(2, (await File.ReadAllLinesAsync(path)).Count(line => line.Contains("\"changes\"", StringComparison.Ordinal)));
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await RestoredAsync(path)).Status);
        Assert.Equal("{SSHA512}theirs", _store.HashOf(Anna));
    }

    [Fact]
    public async Task Journal_notes_which_changes_the_store_refused()
    {
        _store.Add(Anna, Before);
        _store.Add(Bert, Before);
        _store.Outcome = write => write.Account.Address.Value == Bert ? new WriteOutcome(WriteStatus.Failed, null, "no") : null;
        var path = _folder["run"];
        await using (var journal = FileJournal.Create(path, _store.Info))
        {
            await RunAsync(new ChangeRunOptions { Settings = s_fast, Journal = journal, BatchSize = 2 }, Request(Anna), Request(Bert));
        }

        var notes = string.Concat((await File.ReadAllLinesAsync(path)).Where(line => line.Contains("\"refused\"", StringComparison.Ordinal)));
        Assert.Contains(Bert, notes, StringComparison.Ordinal);
        Assert.DoesNotContain(Anna, notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_end_only_after_readers_have_forgotten()
    {
        var lag = TimeSpan.FromMilliseconds(300);
        var store = new MemoryStore { Info = _store.Info with { ReaderLag = lag } };
        store.Add(Anna, Before);
        var written = DateTime.MaxValue;
        store.BeforeWrite = _ =>
        {
            written = DateTime.UtcNow;
            return Task.CompletedTask;
        };
        var authority = new NotingAuthority();
        await using var run = new ChangeRun(store, new ChangeRunOptions { Settings = s_fast, SessionAuthorities = [authority] });
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await run.ExecuteAsync(new[] { Request(Anna) }.ToAsyncEnumerable()).ToListAsync()).Status);

        Assert.True(authority.Asked - written >= lag - TimeSpan.FromMilliseconds(20), $"{authority.Asked - written}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Hash_of_exactly_the_columns_width_is_written(int less)
    {
        using var any = Secret.FromChars("N3w-Passw0rd!");
        var width = "{SSHA512}".Length + new BatchHasher().Hash([new HashJob(any, s_fast)])[0].Length;
        var store = new MemoryStore { Info = _store.Info with { HashColumnWidth = width + less, Prefix = PrefixStyle.Always } };
        store.Add(Anna, null);
        await using var run = new ChangeRun(store, new ChangeRunOptions { Settings = s_fast });
        var result = Assert.Single(await run.ExecuteAsync(new[] { Request(Anna) }.ToAsyncEnumerable()).ToListAsync());
        Assert.Equal(less == 0 ? null : ErrorIds.HashTooLongForColumn, result.ErrorId);
        Assert.Equal(less == 0 ? width : null, store.HashOf(Anna)?.Length);
    }

    [Theory]
    [InlineData(Anna, "N3w-Passw0rd!", "Old-Passw0rd!", null)]
    [InlineData(Anna, "N3w-Passw0rd!", "wrong", ErrorIds.CurrentPasswordWrong)]
    [InlineData(Anna, "short", "Old-Passw0rd!", ErrorIds.PolicyViolation)]
    [InlineData("nobody@example.com", "N3w-Passw0rd!", "Old-Passw0rd!", ErrorIds.MailboxNotFound)]
    [InlineData("not an address", "N3w-Passw0rd!", "Old-Passw0rd!", ErrorIds.AddressInvalid)]
    [InlineData(Bert, "N3w-Passw0rd!", "Old-Passw0rd!", ErrorIds.WriteFailed)]
    public async Task Given_secrets_are_overwritten_on_every_path(string identity, string password, string current, string? errorId)
    {
        using var old = Secret.FromChars("Old-Passw0rd!");
        var hash = "{SSHA512}" + new BatchHasher().Hash([new HashJob(old, s_fast)])[0];
        _store.Add(Anna, hash);
        _store.Add(Bert, hash);
        _store.Outcome = write => write.Account.Address.Value == Bert ? new WriteOutcome(WriteStatus.Failed, null, "no") : null;
        var request = Request(identity, password, current);

        Assert.Equal(errorId, Assert.Single(await RunAsync(new ChangeRunOptions { Settings = s_fast }, request)).ErrorId);

        Assert.Throws<ObjectDisposedException>(() => request.Password!.Reveal());
        Assert.Throws<ObjectDisposedException>(() => request.CurrentPassword!.Reveal());
    }

    private static ChangeRequest Request(string identity, string password = "N3w-Passw0rd!", string? current = null) => new()
    {
        Identity = identity,
        Password = Secret.FromChars(password),
        CurrentPassword = current is null ? null : Secret.FromChars(current),
    };

    private async Task<List<ChangeResult>> RunAsync(ChangeRunOptions options, params ChangeRequest[] requests)
    {
        await using var run = new ChangeRun(_store, options);
        return await run.ExecuteAsync(requests.ToAsyncEnumerable()).ToListAsync();
    }

    private ValueTask<List<ChangeResult>> RestoredAsync(string path) => new JournalReplay(_store, path).RestoreAsync().ToListAsync();

    private sealed class NotingAuthority : ISessionAuthority
    {
        public string Name => "noting";

        public DateTime Asked { get; private set; }

        public IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken)
        {
            Asked = DateTime.UtcNow;
            return new([.. mailboxes.Select(mailbox => new RevocationReceipt(mailbox, Name, ReceiptStatus.Revoked, 1))]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
