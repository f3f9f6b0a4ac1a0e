using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores;

/// <summary>What every store must do, of any kind.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    protected const string OldHash = "{SHA512-CRYPT}$6$oldoldoldoldoldo$aaaa";

    private readonly List<IMailboxStore> _stores = [];

    /// <summary>The hash of an inactive mailbox, if the store marks it in the hash.</summary>
    protected virtual string HashOfInactive => OldHash;

    protected static CancellationToken None => CancellationToken.None;

    /// <summary>Makes a store with these mailboxes (each address, and whether it is active), all with <see cref="OldHash"/>, and opens it.</summary>
    protected abstract Task<IMailboxStore> MakeAsync(IReadOnlyList<(string Address, bool Active)> mailboxes);

    /// <summary>Opens the new store a second time.</summary>
    protected abstract Task<IMailboxStore> OpenAgainAsync();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }

    private async Task<IMailboxStore> WithAsync(params (string Address, bool Active)[] mailboxes)
    {
        var store = await MakeAsync(mailboxes);
        _stores.Add(store);
        return store;
    }

    private Task<IMailboxStore> WithThreeAsync() => WithAsync(("anna@example.org", true), ("bert@example.org", false), ("carla@example.net", true));

    private async Task<IMailboxStore> AgainAsync()
    {
        var store = await OpenAgainAsync();
        _stores.Add(store);
        return store;
    }

    private static async Task<MailboxAccount> GetAsync(IMailboxStore store, string address) =>
        Assert.Single(await store.FindAsync([MailboxAddress.Parse(address)], None))!;

    private static HashWrite Change(MailboxAccount account, string hash) => new() { Account = account, NewHash = hash, Time = DateTimeOffset.UtcNow };

    private static ValueTask<List<MailboxAccount>> ListAsync(IMailboxStore store, MailboxQuery query) => store.ListAsync(query, None).ToListAsync();

    private static async Task<string[]> AddressesAsync(IMailboxStore store, MailboxQuery query) =>
        (await ListAsync(store, query)).Select(account => account.Address.Key).Order(StringComparer.Ordinal).ToArray();

    [SkippableFact]
    public async Task Lists_domains_each_once_in_order()
    {
        var store = await WithThreeAsync();
        Assert.Equal(["example.net", "example.org"], await store.ListDomainsAsync(None).ToListAsync());
    }

    [SkippableFact]
    public async Task Lists_by_domain_pattern_and_state()
    {
        var store = await WithThreeAsync();
        Assert.Equal(["anna@example.org", "bert@example.org", "carla@example.net"], await AddressesAsync(store, new MailboxQuery()));
        Assert.Equal(["anna@example.org", "bert@example.org"], await AddressesAsync(store, new MailboxQuery { Domain = "Example.ORG" }));
        Assert.Equal(["anna@example.org"], await AddressesAsync(store, new MailboxQuery { Domain = "example.org", IncludeInactive = false }));
        Assert.Equal(["bert@example.org"], await AddressesAsync(store, new MailboxQuery { AddressPattern = "B*@example.org" }));
        Assert.Equal(["anna@example.org", "carla@example.net"], await AddressesAsync(store, new MailboxQuery { AddressPattern = "*a@example.???" }));
        Assert.Empty(await AddressesAsync(store, new MailboxQuery { Domain = "example.or" }));
        Assert.Empty(await AddressesAsync(store, new MailboxQuery { AddressPattern = "%@example.org" }));
    }

    [SkippableFact]
    public async Task Lists_more_than_a_page_each_mailbox_once()
    {
        // Whole pages of others lie between those that can log in.
        var many = Enumerable.Range(0, 4500).Select(i => ($"user{i}@domain{i % 3}.example", i is 0 or 999 or 4499)).ToArray();
        var store = await WithAsync(many);
        Assert.Equal(["user0@domain0.example", "user4499@domain2.example", "user999@domain0.example"], await AddressesAsync(store, new MailboxQuery { IncludeInactive = false }));
        Assert.Equal(many.Select(box => box.Item1).Order(StringComparer.Ordinal), await AddressesAsync(store, new MailboxQuery()));
        Assert.Equal(1500, (await AddressesAsync(store, new MailboxQuery { Domain = "domain1.example" })).Length);
    }

    [SkippableFact]
    public async Task Finds_in_the_requested_order_with_null_for_none()
    {
        var store = await WithThreeAsync();
        var found = await store.FindAsync(
            ((string[])["carla@example.net", "nobody@example.org", "ANNA@Example.Org", "'; DROP TABLE mailbox; --@example.org", "bert@example.org"]).Select(Address).ToArray(),
            None);
        Assert.Equal(["carla@example.net", null, "anna@example.org", null, "bert@example.org"], found.Select(account => account?.Address.Key));
        Assert.Equal(MailboxState.Active, found[0]!.State);
        Assert.Equal(MailboxState.Disabled, found[4]!.State);
        Assert.NotNull(found[4]!.StateReason);
        Assert.Equal(OldHash, found[0]!.PasswordHash);

        static MailboxAddress Address(string text) => MailboxAddress.TryParse(text, out var address, out _) ? address : MailboxAddress.Parse("drop.table@example.org");
    }

    [SkippableFact]
    public async Task Empty_request_finds_no_mailbox()
    {
        var store = await WithThreeAsync();
        Assert.Empty(await store.FindAsync([], None));
    }

    [SkippableFact]
    public async Task Finds_thousands_at_once()
    {
        var many = Enumerable.Range(0, 5000).Select(i => ($"user{i}@example.org", true)).ToArray();
        var store = await WithAsync(many);
        var found = await store.FindAsync(many.Select(box => MailboxAddress.Parse(box.Item1)).ToArray(), None);
        Assert.Equal(many.Select(box => box.Item1), found.Select(account => account!.Address.Key));
    }

    [SkippableFact]
    public async Task Writes_what_was_asked_and_nothing_else()
    {
        var store = await WithThreeAsync();
        var anna = await GetAsync(store, "anna@example.org");
        var outcome = Assert.Single(await store.WriteAsync([Change(anna, "{SSHA512}bmV3")], None));
        Assert.Equal(WriteStatus.Written, outcome.Status);

        var again = await AgainAsync();
        Assert.Equal("{SSHA512}bmV3", (await GetAsync(again, "anna@example.org")).PasswordHash);
        Assert.Equal(HashOfInactive, (await GetAsync(again, "bert@example.org")).PasswordHash);
        Assert.Equal(OldHash, (await GetAsync(again, "carla@example.net")).PasswordHash);
    }

    [SkippableFact]
    public async Task Each_row_has_its_outcome()
    {
        var store = await WithThreeAsync();
        var other = await AgainAsync();
        var accounts = (await ListAsync(store, new MailboxQuery())).ToDictionary(account => account.Address.Key);
        var anna = accounts["anna@example.org"];
        var carla = accounts["carla@example.net"];
        await other.WriteAsync([Change(anna, "{SSHA512}b3RoZXI=")], None);
        var gone = new MailboxAccount { Address = MailboxAddress.Parse("gone@example.org"), StoreKey = Unknown(anna.StoreKey), PasswordHash = OldHash };

        var outcomes = await store.WriteAsync([Change(anna, "{SSHA512}bWluZQ=="), Change(gone, "{SSHA512}Z29uZQ=="), Change(carla, "{SSHA512}Y2FybGE=")], None);
        Assert.Equal([WriteStatus.Conflict, WriteStatus.NotFound, WriteStatus.Written], outcomes.Select(outcome => outcome.Status));
        Assert.Equal("{SSHA512}b3RoZXI=", (await GetAsync(other, "anna@example.org")).PasswordHash);
        Assert.Equal("{SSHA512}Y2FybGE=", (await GetAsync(other, "carla@example.net")).PasswordHash);

        static string Unknown(string key) => long.TryParse(key, out _) ? "987654321" : "gone@example.org";
    }

    [SkippableFact]
    public async Task A_repeated_write_counts_as_written()
    {
        // After a lost answer the same batch is written again: the row has its hash already.
        var store = await WithThreeAsync();
        var anna = await GetAsync(store, "anna@example.org");
        await store.WriteAsync([Change(anna, "{SSHA512}bmV3")], None);
        Assert.Equal(WriteStatus.Written, Assert.Single(await store.WriteAsync([Change(anna, "{SSHA512}bmV3")], None)).Status);
    }

    [SkippableFact]
    public async Task Old_hash_is_compared_exactly()
    {
        var store = await WithThreeAsync();
        var anna = await GetAsync(store, "anna@example.org");
        var almost = new MailboxAccount { Address = anna.Address, StoreKey = anna.StoreKey, PasswordHash = OldHash.ToUpperInvariant() };
        var trailing = new MailboxAccount { Address = anna.Address, StoreKey = anna.StoreKey, PasswordHash = OldHash + " " };
        Assert.Equal(WriteStatus.Conflict, Assert.Single(await store.WriteAsync([Change(almost, "{SSHA512}bmV3")], None)).Status);
        Assert.Equal(WriteStatus.Conflict, Assert.Single(await store.WriteAsync([Change(trailing, "{SSHA512}bmV3")], None)).Status);
        Assert.Equal(OldHash, (await GetAsync(store, "anna@example.org")).PasswordHash);
    }

    [SkippableFact]
    public async Task Each_row_has_one_winner_of_two_writers()
    {
        var many = Enumerable.Range(0, 500).Select(i => ($"user{i}@example.org", true)).ToArray();
        var first = await WithAsync(many);
        var second = await AgainAsync();
        var accounts = await ListAsync(first, new MailboxQuery());
        var mine = accounts.Select((account, i) => Change(account, $"{{SSHA512}}Zmlyc3Q{i}")).ToArray();
        var theirs = accounts.AsEnumerable().Reverse().Select((account, i) => Change(account, $"{{SSHA512}}c2Vjb25k{i}")).ToArray();

        var outcomes = await Task.WhenAll(
            Task.Run(() => WriteInBatchesAsync(first, mine)),
            Task.Run(() => WriteInBatchesAsync(second, theirs)));

        var won = mine.Zip(outcomes[0]).Concat(theirs.Zip(outcomes[1])).Where(pair => pair.Second.Status == WriteStatus.Written).Select(pair => pair.First).ToArray();
        Assert.All(outcomes.SelectMany(outcome => outcome), outcome => Assert.True(outcome.Status is WriteStatus.Written or WriteStatus.Conflict, outcome.ToString()));
        Assert.Equal(accounts.Count, won.Select(write => write.Account.Address.Key).Distinct().Count());
        Assert.Equal(accounts.Count, won.Length);
        var now = (await ListAsync(first, new MailboxQuery())).ToDictionary(account => account.Address.Key, account => account.PasswordHash);
        Assert.All(won, write => Assert.Equal(write.NewHash, now[write.Account.Address.Key]));

        static async Task<List<WriteOutcome>> WriteInBatchesAsync(IMailboxStore store, HashWrite[] writes)
        {
            var outcomes = new List<WriteOutcome>();
            foreach (var batch in writes.Chunk(50))
            {
                outcomes.AddRange(await store.WriteAsync(batch, CancellationToken.None));
            }

            return outcomes;
        }
    }

    [SkippableFact]
    public async Task A_cancelled_write_writes_nothing()
    {
        var store = await WithThreeAsync();
        var anna = await GetAsync(store, "anna@example.org");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.WriteAsync([Change(anna, "{SSHA512}bmV3")], new CancellationToken(canceled: true)));
        Assert.Equal(OldHash, (await GetAsync(store, "anna@example.org")).PasswordHash);
    }

    [SkippableFact]
    public async Task Listing_can_be_left_early_and_written_during()
    {
        var many = Enumerable.Range(0, 3000).Select(i => ($"user{i}@example.org", true)).ToArray();
        var store = await WithAsync(many);
        var written = 0;
        await foreach (var account in store.ListAsync(new MailboxQuery(), None))
        {
            Assert.Equal(WriteStatus.Written, Assert.Single(await store.WriteAsync([Change(account, "{SSHA512}bmV3")], None)).Status);
            if (++written == 5)
            {
                break;
            }
        }

        Assert.Equal(5, (await ListAsync(store, new MailboxQuery())).Count(account => account.PasswordHash == "{SSHA512}bmV3"));
    }

    [SkippableFact]
    public async Task ToString_shows_no_hash()
    {
        var store = await WithThreeAsync();
        var anna = await GetAsync(store, "anna@example.org");
        Assert.DoesNotContain("aaaa", anna.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("bmV3", Change(anna, "{SSHA512}bmV3").ToString(), StringComparison.Ordinal);
    }
}
