using MailPass.Changes;
using MailPass.Core.Tests.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores;

/// <summary>A scope applies to every operation, of a test store and of a real file.</summary>
public sealed class ScopedStoreTests : IDisposable
{
    private static readonly string[] s_mailboxes = ["anna@example.com", "boss@example.com", "svc-1@example.com", "cleo@example.org"];
    private static readonly ChangeRunOptions s_options = new() { Settings = new("SSHA512"), Generator = new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions()) };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_refuses_mailboxes_out_of_scope_and_goes_on()
    {
        await using var store = await OpenAsync(Helpdesk());
        var results = await RunAsync(store, [Reset("cleo@example.org"), Reset("ANNA@example.com"), Reset("boss@example.com"), Reset("svc-1@example.com"), Reset("nobody@example.net")]);
        Assert.Equal([ErrorIds.OutOfScope, null, ErrorIds.OutOfScope, ErrorIds.OutOfScope, ErrorIds.OutOfScope], results.Select(result => result.ErrorId));
        Assert.Equal(ChangeStatus.Changed, results[1].Status);
        Assert.Equal(["anna@example.com"], await ChangedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Row_that_names_no_mailbox_keeps_its_own_fault(bool scoped)
    {
        await using var store = await OpenAsync(scoped ? Helpdesk() : MailboxScope.Everything);
        var result = Assert.Single(await RunAsync(store, [new ChangeRequest { Identity = "(an object)", Fault = new MailPassException(ErrorIds.InputInvalid, "No column names a mailbox.") }]));
        Assert.Equal(ErrorIds.InputInvalid, result.ErrorId);
    }

    [Fact]
    public async Task Dry_run_refuses_the_same()
    {
        await using var store = await OpenAsync(Helpdesk());
        var results = await RunAsync(store, [Reset("cleo@example.org"), Reset("anna@example.com")], s_options with { WhatIf = true });
        Assert.Equal([ChangeStatus.Failed, ChangeStatus.Skipped], results.Select(result => result.Status));
        Assert.Empty(await ChangedAsync());
    }

    [Theory]
    [InlineData("reset", true, false, false)]
    [InlineData("set", false, true, true)]
    [InlineData("change", false, false, true)]
    [InlineData("list", false, false, false)]
    public async Task Action_follows_from_what_the_request_brings(string allowed, bool reset, bool set, bool change)
    {
        await using var store = await OpenAsync(MailboxScope.Create("profile x", null, null, [allowed]));
        var results = await RunAsync(store, [Reset("anna@example.com"), Set("boss@example.com", null), Set("svc-1@example.com", "Old-pa55word")]);
        Assert.Equal([reset, set, change], results.Select(result => result.ErrorId != ErrorIds.OutOfScope));
        Assert.Equal([reset, set, change], results.Select(result => result.Status is ChangeStatus.Changed));
    }

    [Fact]
    public async Task Listing_shows_only_mailboxes_in_scope()
    {
        await using var store = await OpenAsync(MailboxScope.Create("profile x", ["example.com"], ["boss@*"], null));
        Assert.Equal(["anna@example.com", "svc-1@example.com"], await ListAsync(store, new MailboxQuery()));
        Assert.Equal(["example.com"], await store.ListDomainsAsync(default).ToListAsync());
    }

    [Theory]
    [InlineData("example.org", null)]
    [InlineData("EXAMPLE.org", null)]
    [InlineData(null, "*@example.org")]
    public async Task Listing_outside_is_a_refusal_and_no_empty_success(string? domain, string? pattern)
    {
        await using var store = await OpenAsync(MailboxScope.Create("profile x", ["example.com"], null, null));
        var fault = await Assert.ThrowsAsync<MailPassException>(() => ListAsync(store, new MailboxQuery { Domain = domain, AddressPattern = pattern }));
        Assert.Equal(ErrorIds.OutOfScope, fault.ErrorId);
        Assert.Contains("example.org", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listing_for_a_reset_needs_no_right_to_list()
    {
        await using var store = await OpenAsync(Helpdesk());
        Assert.Equal(["anna@example.com"], await ListAsync(store, new MailboxQuery { For = MailboxActions.Reset }));
        Assert.Equal(ErrorIds.OutOfScope, (await Assert.ThrowsAsync<MailPassException>(() => ListAsync(store, new MailboxQuery()))).ErrorId);
    }

    [Fact]
    public async Task Store_does_not_find_or_write_mailboxes_out_of_scope()
    {
        MailboxAccount[] accounts;
        await using (var whole = await OpenAsync(MailboxScope.Everything))
        {
            accounts = [.. (await whole.FindAsync([.. s_mailboxes.Select(MailboxAddress.Parse)], default))!];
        }

        await using var store = await OpenAsync(Helpdesk());
        Assert.Equal([true, false, false, false], (await store.FindAsync([.. s_mailboxes.Select(MailboxAddress.Parse)], default)).Select(account => account is not null));
        var outcomes = await store.WriteAsync([.. accounts.Select(account => new HashWrite { Account = account, NewHash = "{SSHA512}x", Time = DateTimeOffset.UtcNow })], default);
        Assert.Equal([null, ErrorIds.OutOfScope, ErrorIds.OutOfScope, ErrorIds.OutOfScope], outcomes.Select(outcome => outcome.ErrorId));
        Assert.Equal(["anna@example.com"], await ChangedAsync());
    }

    [Fact]
    public async Task Interrupted_write_keeps_each_outcome_with_its_mailbox()
    {
        var memory = new MemoryStore();
        foreach (var mailbox in s_mailboxes)
        {
            memory.Add(mailbox, "{SSHA512}x");
        }

        var scope = MailboxScope.Create("profile x", null, ["anna@example.com", "svc-1@example.com"], null);
        await using var store = await ScopedStore.WithAsync(memory, scope, default);
        memory.BeforeWrite = batch => throw new InterruptedWriteException(new MailPassException(ErrorIds.StoreUnreachable, "Gone."), [new WriteOutcome(WriteStatus.Written), null]);
        var writes = s_mailboxes.Select(mailbox => new HashWrite { Account = new MailboxAccount { Address = MailboxAddress.Parse(mailbox), StoreKey = mailbox }, NewHash = "x" }).ToArray();
        var fault = await Assert.ThrowsAsync<InterruptedWriteException>(async () => await store.WriteAsync(writes, default));
        Assert.Equal([WriteStatus.Failed, WriteStatus.Written, WriteStatus.Failed, null], fault.Outcomes.Select(outcome => outcome?.Status));
    }

    [Fact]
    public async Task Other_address_of_an_excluded_mailbox_is_excluded_too()
    {
        var memory = new MemoryStore { AliasOf = address => address.Key == "chief@example.com" ? MailboxAddress.Parse("boss@example.com") : address };
        memory.Add("boss@example.com", "{SSHA512}x");
        await using (var byAlias = await ScopedStore.WithAsync(memory, MailboxScope.Create("profile x", null, ["chief@example.com"], null), default))
        {
            Assert.Equal([null, null], await byAlias.FindAsync([MailboxAddress.Parse("boss@example.com"), MailboxAddress.Parse("chief@example.com")], default));
            var result = Assert.Single(await RunAsync(byAlias, [Reset("boss@example.com")]));
            Assert.Contains("excludes chief@example.com", result.Message, StringComparison.Ordinal);
        }

        await using var byName = await ScopedStore.WithAsync(memory, MailboxScope.Create("profile x", null, ["boss@example.com"], null), default);
        var row = Assert.Single(await RunAsync(byName, [Reset("chief@example.com")]));
        Assert.Equal(ErrorIds.MailboxNotFound, row.ErrorId);
        Assert.Contains("outside the scope", row.Message, StringComparison.Ordinal);
        Assert.Equal("{SSHA512}x", memory.HashOf("boss@example.com"));
    }

    [Fact]
    public async Task Undo_and_recovery_leave_mailboxes_out_of_scope()
    {
        var journal = _folder["journal"];
        await using (var whole = await OpenAsync(MailboxScope.Everything))
        {
            await using var file = FileJournal.Create(journal, whole.Info);
            await RunAsync(whole, [.. s_mailboxes.Select(Reset)], s_options with { Journal = file });
        }

        await using (var store = await OpenAsync(MailboxScope.Create("profile x", ["example.com"], ["boss@*"], ["restore"])))
        {
            Assert.All(await new JournalReplay(store, journal).RecoverAsync().ToListAsync(), row => Assert.Equal((ErrorIds.OutOfScope, null), (row.ErrorId, row.Password)));
            string?[] errors = [null, ErrorIds.OutOfScope, null, ErrorIds.OutOfScope];
            Assert.Equal(errors, (await new JournalReplay(store, journal).RestoreAsync(whatIf: true).ToListAsync()).Select(row => row.ErrorId));
            Assert.Equal(errors, (await new JournalReplay(store, journal).RestoreAsync().ToListAsync()).Select(row => row.ErrorId));
        }

        Assert.Equal(["boss@example.com", "cleo@example.org"], await ChangedAsync());
    }

    [Fact]
    public async Task Session_system_is_not_asked_about_mailboxes_out_of_scope()
    {
        var system = new ListedSystem();
        var scoped = Assert.Single(ScopedAuthority.With([system], MailboxScope.Create("profile x", ["example.com"], ["boss@*"], ["revoke", "sessions"])));
        var receipts = (await SessionSystems.RevokeAsync([scoped], [.. s_mailboxes.Select(MailboxAddress.Parse)], RevocationScope.Everything)).SelectMany(revocation => revocation.Receipts);
        Assert.Equal([null, ErrorIds.OutOfScope, null, ErrorIds.OutOfScope], receipts.Select(receipt => receipt.ErrorId));
        Assert.Equal(["anna@example.com", "svc-1@example.com"], system.Asked);
        Assert.Equal(["anna@example.com", "svc-1@example.com"], await SessionSystems.ListAsync([scoped], null, RevocationScope.Everything).Select(session => session.Mailbox.Value).ToListAsync());

        // Nobody must not become everybody.
        Assert.Empty(await SessionSystems.ListAsync([scoped], [MailboxAddress.Parse("cleo@example.org")], RevocationScope.Everything).ToListAsync());
    }

    private static MailboxScope Helpdesk() => MailboxScope.Create("profile helpdesk", ["example.com"], ["boss@example.com", "svc-*"], ["reset", "revoke"]);

    private static ChangeRequest Reset(string mailbox) => new() { Identity = mailbox };

    private static ChangeRequest Set(string mailbox, string? current) => new() { Identity = mailbox, Password = Secret.FromChars("New-pa55word!"), CurrentPassword = current is null ? null : Secret.FromChars(current) };

    private static async Task<List<ChangeResult>> RunAsync(IMailboxStore store, ChangeRequest[] requests, ChangeRunOptions? options = null)
    {
        await using var run = new ChangeRun(store, options ?? s_options);
        return await run.ExecuteAsync(requests.ToAsyncEnumerable()).ToListAsync();
    }

    private static async Task<List<string>> ListAsync(IMailboxStore store, MailboxQuery query) => await store.ListAsync(query, default).Select(account => account.Address.Value).ToListAsync();

    private async Task<IMailboxStore> OpenAsync(MailboxScope scope)
    {
        var file = _folder["mail.db"];
        if (!File.Exists(file))
        {
            var hash = "{SSHA512}" + new BatchHasher().Hash([new HashJob(Secret.FromChars("Old-pa55word"), new("SSHA512"))])[0];
            await MailStore.CreateAsync(file, s_mailboxes.Select(mailbox => new NewMailbox { Identity = mailbox, PasswordHash = hash }).ToAsyncEnumerable());
        }

        return await MailStore.OpenAsync(new StoreLocation(StoreProvider.Sqlite, file), new StoreOpenOptions { Scope = scope });
    }

    /// <summary>The mailboxes that do not have their first password any more, by another look than the scope's.</summary>
    private async Task<List<string>> ChangedAsync()
    {
        await using var whole = await OpenAsync(MailboxScope.Everything);
        using var old = Secret.FromChars("Old-pa55word");
        return await whole.ListAsync(new MailboxQuery(), default)
            .Where(account => !StoredHash.TryParse(account.PasswordHash!, null, out var hash, out _) || !hash!.Verify(old))
            .Select(account => account.Address.Value).ToListAsync();
    }

    private sealed class ListedSystem : ISessionAuthority
    {
        public string Name => "listed";

        public List<string> Asked { get; } = [];

        public IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken) =>
            s_mailboxes.Select(MailboxAddress.Parse).Where(mailbox => mailboxes?.Contains(mailbox) != false)
                .Select(mailbox => new MailboxSession { Mailbox = mailbox, System = Name, Service = "imap" }).ToAsyncEnumerable();

        public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken)
        {
            Asked.AddRange(mailboxes.Select(mailbox => mailbox.Value));
            return new([.. mailboxes.Select(mailbox => new RevocationReceipt(mailbox, Name, ReceiptStatus.Revoked, 1))]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
