using MailPass.Changes;
using MailPass.Core.Tests.Stores;
using MailPass.Import;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

public sealed class ExclusionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("svc@example.com\nSVC2@Example.com \r\n\n# nobody's\n*@example.org\n")]
    [InlineData("Mailbox\nsvc@example.com\nsvc2@example.com\n*@example.org\n")]
    [InlineData("Name;E-Mail-Adresse\nService;svc@example.com\nService 2;svc2@example.com\nAll;*@example.org\n")]
    [InlineData("\uFEFFsvc@example.com\nsvc2@example.com\n*@example.org")]
    public async Task File_is_a_list_or_a_csv(string text)
    {
        var file = _folder["never.txt"];
        await File.WriteAllTextAsync(file, text);
        foreach (var written in new[] { file, "@" + file, "@never.txt", "never.txt" })
        {
            var exclusions = await ExclusionInput.ReadAsync([written], path => Path.Combine(_folder.Root, path));
            string[] mailboxes = ["svc@example.com", "svc2@example.com", "anna@example.org", "anna@example.com", "not an address"];
            Assert.Equal([true, true, true, false, false], mailboxes.Select(exclusions.Excludes));
            Assert.Equal(3, exclusions.Count);
            Assert.Equal(["@" + file], exclusions.Names);
        }
    }

    [Theory]
    [InlineData("svc@example.com\nBen <ben@example.com>\n", "line 2")]
    [InlineData("svc@example.com\nben\n", "line 2")]
    [InlineData("Mailbox,Name\nsvc@example.com,x\n\"open\n", "line 3")]
    [InlineData("Name\nanna@example.com\n", "no Mailbox column")]
    [InlineData("# nobody\n\n", "names no mailbox")]
    [InlineData("Mailbox\n", "names no mailbox")]
    [InlineData("s\uFFFDc@example.com\n", "line 1")]
    public async Task File_that_cannot_be_read_whole_ends_the_call(string text, string because)
    {
        await File.WriteAllTextAsync(_folder["never.txt"], text);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => ExclusionInput.ReadAsync(["@never.txt"], path => _folder[path]));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.Contains("never.txt", fault.Message, StringComparison.Ordinal);
        Assert.Contains(because, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.txt")]
    [InlineData("@missing.txt")]
    [InlineData("svc")]
    [InlineData("")]
    [InlineData("Anna <anna@example.com>")]
    public async Task Text_without_a_mailbox_ends_the_call(string text) =>
        Assert.Equal(ErrorIds.InputInvalid, (await Assert.ThrowsAsync<MailPassException>(() => ExclusionInput.ReadAsync(["svc@example.com", text], path => _folder[path]))).ErrorId);

    [Fact]
    public async Task Unmatched_exclusion_is_reported_before_anything_is_done()
    {
        await using var store = await StoreAsync();
        var exclusions = await ExclusionInput.ReadAsync(["svc@example.com", "cleo@example.org", "scv@example.com", "b*", "x*", "*@example.net"], Path.GetFullPath);
        var told = await exclusions.ResolveAsync(store, MailboxActions.Reset);
        Assert.Equal(["scv@example.com", "x*", "*@example.net"], told.Select(sentence => sentence.Split(' ')[2]));
        Assert.All(told, sentence => Assert.Contains("matches no mailbox", sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_unmatched_entries_show_ten_and_a_number()
    {
        await using var store = await StoreAsync();
        var exclusions = new Exclusions(MailboxPatterns.Parse(Enumerable.Range(0, 1500).Select(i => $"gone{i}@example.com")), ["@file"]);
        var told = await exclusions.ResolveAsync(store, MailboxActions.Reset);
        Assert.Equal(11, told.Count);
        Assert.Contains("1,490 more", told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_address_of_a_mailbox_excludes_it()
    {
        var store = new MemoryStore { AliasOf = address => address.Key == "chief@example.com" ? MailboxAddress.Parse("boss@example.com") : address };
        store.Add("boss@example.com", "{SSHA512}x");
        var exclusions = new Exclusions(MailboxPatterns.Parse(["chief@example.com"]), ["chief@example.com"]);
        Assert.Empty(await exclusions.ResolveAsync(store, MailboxActions.Reset));
        Assert.True(exclusions.Excludes("boss@example.com"));
    }

    [Fact]
    public async Task Request_is_excluded_by_its_account_and_its_secrets_go()
    {
        var filter = new Exclusions(MailboxPatterns.Parse(["boss@example.com"]), ["boss@example.com"]);
        var boss = new MailboxAccount { Address = MailboxAddress.Parse("boss@example.com"), StoreKey = "boss" };
        var other = new MailboxAccount { Address = MailboxAddress.Parse("other@example.com"), StoreKey = "other" };
        ChangeRequest[] requests =
        [
            Requested("boss@example.com", null),
            Requested("chief@example.com", boss),
            Requested("boss@example.com", other),
            Requested("jane@example.com", null),
        ];
        Assert.Equal(requests[2..], await filter.Filter(requests.ToAsyncEnumerable()).ToListAsync());
        Assert.All(requests[..2], request =>
        {
            Assert.Throws<ObjectDisposedException>(() => request.Password!.Reveal());
            Assert.Throws<ObjectDisposedException>(() => request.CurrentPassword!.Reveal());
        });
        Assert.All(requests[2..], request => Assert.Equal("new", request.Password!.Reveal()));
        Assert.Equal(2, filter.Count);
    }

    [Fact]
    public async Task Selection_counts_mailboxes_domains_and_exclusions()
    {
        await using var store = await StoreAsync();
        var exclusions = new Exclusions(MailboxPatterns.Parse(["svc@*"]), ["svc@*"]);
        Assert.Equal("all 4 mailboxes of 3 domains (1 excluded)", (await Of("*").CountAsync(store, exclusions, null)).ToString());
        Assert.Equal("all 2 mailboxes of example.com (1 excluded)", (await Of("example.com").CountAsync(store, exclusions, null)).ToString());
        Assert.Equal("all 2 mailboxes of 2 domains", (await Of("*.org").CountAsync(store, exclusions, null)).ToString());
        Assert.Equal("the one mailbox of one domain", (await Of("*.example.org").CountAsync(store, exclusions, null)).ToString());
        Assert.Equal(0, exclusions.Count);
        Assert.Equal(ErrorIds.MailboxNotFound, Of("*.net").Nobody(store.Info).ErrorId);

        static DomainSelection Of(string domain) => new(domain, MailboxActions.Reset);
    }

    [Fact]
    public void All_domains_meet_every_run_and_resume_with_equal_exclusions()
    {
        var all = new RunScope(RunScopeKind.Domain, ["*"]) { Except = ["svc*"] };
        Assert.True(all.MayMeet(new(RunScopeKind.Domain, ["example.com"])));
        Assert.True(RunScope.Of(["anna@example.com"]).MayMeet(all));
        Assert.True(all.IsSameAs(new RunScope(RunScopeKind.Domain, ["*"]) { Except = ["SVC*"] }));
        Assert.False(all.IsSameAs(new(RunScopeKind.Domain, ["*"])));
        Assert.Equal("all domains, except svc*", all.ToString());
    }

    private async Task<IMailboxStore> StoreAsync()
    {
        string[] mailboxes = ["anna@example.com", "ben@example.com", "svc@example.com", "cleo@example.org", "dora@mail.example.org"];
        await MailStore.CreateAsync(_folder["mail.db"], mailboxes.Select(mailbox => new NewMailbox { Identity = mailbox }).ToAsyncEnumerable());
        return await MailStore.OpenAsync(new StoreLocation(StoreProvider.Sqlite, _folder["mail.db"]), new StoreOpenOptions());
    }

    private static ChangeRequest Requested(string identity, MailboxAccount? account) => new()
    {
        Identity = identity,
        Account = account,
        Password = Secret.FromChars("new"),
        CurrentPassword = Secret.FromChars("old"),
    };
}
