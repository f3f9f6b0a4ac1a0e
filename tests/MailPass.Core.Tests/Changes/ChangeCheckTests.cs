using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

/// <summary>The checks before anything is hashed: the store, the password, the current password, the scheme and the column.</summary>
public sealed class ChangeCheckTests : ChangeRunFixture
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mailbox_that_the_store_refuses_is_never_hashed(bool whatIf)
    {
        Fill(1);
        _store.Add(new MailboxAccount { Address = MailboxAddress.Parse("plain@example.com"), StoreKey = "plain@example.com", PasswordHash = "{SSHA512}x", WriteRefusal = "It is kept in clear text." });
        var results = await RunAsync([Request("plain@example.com"), Request("user0@example.com")], _options with { WhatIf = whatIf });
        Assert.Equal([ErrorIds.WriteFailed, null], results.Select(result => result.ErrorId));
        Assert.Contains("clear text", results[0].Message, StringComparison.Ordinal);
        Assert.Equal(whatIf ? [] : [1], _store.Batches);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_only_store_is_reported_before_any_question(bool whatIf)
    {
        var store = new MemoryStore { Info = new StoreInfo { Kind = "memory", Location = "replica", Schema = "memory", IsReadOnly = true }, BeforeFind = () => Assert.Fail("The store was asked.") };
        await using var run = new ChangeRun(store, _options with { WhatIf = whatIf });
        var fault = await Assert.ThrowsAsync<MailPassException>(async () => await run.ExecuteAsync(Source([Request("user0@example.com")])).GetAsyncEnumerator().MoveNextAsync());
        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
    }

    [Theory]
    [InlineData("", ErrorIds.PasswordMissing)]
    [InlineData("short", ErrorIds.PolicyViolation)]
    public async Task A_given_password_must_pass(string password, string errorId)
    {
        Fill(1);
        var results = await RunAsync([Request("user0@example.com", password)]);
        Assert.Equal(errorId, results[0].ErrorId);
        Assert.Empty(_store.Batches);
    }

    [Fact]
    public async Task Password_that_looks_like_a_hash_is_hashed()
    {
        Fill(1);
        await RunAsync([Request("user0@example.com", "{PLAIN}aB1!xyzw")]);
        var stored = _store.HashOf("user0@example.com")!;
        Assert.StartsWith("{SSHA512}", stored, StringComparison.Ordinal);
        using var typed = Secret.FromChars("{PLAIN}aB1!xyzw");
        Assert.True(StoredHash.Parse(stored).Verify(typed));
    }

    [Fact]
    public async Task A_password_over_the_schemes_limit_is_refused_and_never_cut()
    {
        Fill(1);
        var results = await RunAsync(
            [Request("user0@example.com", "aB1!" + new string('x', 69))],
            _options with { Settings = new HashSettings("BLF-CRYPT", 4) });
        Assert.Equal(ErrorIds.PasswordTooLongForScheme, results[0].ErrorId);
    }

    [Fact]
    public async Task A_dry_run_draws_nothing_hashes_nothing_and_writes_nothing()
    {
        Fill(3);
        var hasher = new CountingHasher();
        var results = await RunAsync(
            [Request("user0@example.com"), Request("user1@example.com", "weak"), Request("nobody@example.com"), Request("user2@example.com", "Corr3ct!horse")],
            _options with { WhatIf = true, Hasher = hasher });
        Assert.Equal([ChangeStatus.Skipped, ChangeStatus.Failed, ChangeStatus.Failed, ChangeStatus.Skipped], results.Select(result => result.Status));
        Assert.All(results, result => Assert.Null(result.Password));
        Assert.Equal(0, hasher.Count);
        Assert.Empty(_store.Batches);
    }

    [Fact]
    public async Task A_self_service_change_needs_the_current_password()
    {
        _store.Add("a@example.com", Hash("Old-Passw0rd!"));
        _store.Add("b@example.com", Hash("Old-Passw0rd!"));
        _store.Add("c@example.com", Hash("Old-Passw0rd!"));
        var results = await RunAsync(
        [
            Request("a@example.com", "New-Passw0rd!", "Old-Passw0rd!"),
            Request("b@example.com", "New-Passw0rd!", "Wrong-Passw0rd!"),
            Request("c@example.com", "Old-Passw0rd!", "Old-Passw0rd!"),
        ]);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed, ChangeStatus.Unchanged], results.Select(result => result.Status));
        Assert.Equal(ErrorIds.CurrentPasswordWrong, results[1].ErrorId);
        Assert.True(Verifies("a@example.com", "New-Passw0rd!"));
        Assert.True(Verifies("b@example.com", "Old-Passw0rd!"));
    }

    [Fact]
    public async Task A_repeated_runbook_leaves_equal_passwords_on_request()
    {
        _store.Add("a@example.com", Hash("Same-Passw0rd!"));
        var before = _store.HashOf("a@example.com");
        var results = await RunAsync([Request("a@example.com", "Same-Passw0rd!")], _options with { LeaveUnchanged = true });
        Assert.Equal(ChangeStatus.Unchanged, results[0].Status);
        Assert.Equal(before, _store.HashOf("a@example.com"));
    }

    [Fact]
    public async Task Own_scheme_and_cost_are_kept_unless_weak()
    {
        _store.Add("own@example.com", Hash("Old-Passw0rd!", new HashSettings("SHA256-CRYPT", 6000)));
        _store.Add("weak@example.com", "{SSHA}" + Convert.ToBase64String(new byte[24]));
        _store.Add("none@example.com", null);
        var results = await RunAsync([Request("own@example.com"), Request("weak@example.com"), Request("none@example.com")], _options with { Settings = null });
        Assert.Equal(["SHA256-CRYPT", "SHA512-CRYPT", "SHA512-CRYPT"], results.Select(result => result.Scheme));
        Assert.StartsWith("{SHA256-CRYPT}$5$rounds=6000$", _store.HashOf("own@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hash_wider_than_the_column_is_refused_before_hashing()
    {
        var hasher = new CountingHasher();
        var narrow = new MemoryStore { Info = _store.Info with { HashColumnWidth = 64 } };
        narrow.Add("a@example.com", null);
        var results = await RunAsync([Request("a@example.com")], _options with { Hasher = hasher }, narrow);
        Assert.Equal(ErrorIds.HashTooLongForColumn, results[0].ErrorId);
        Assert.Equal(0, hasher.Count);
    }

    [Fact]
    public async Task Without_prefix_only_self_describing_hashes_are_written()
    {
        var bare = new MemoryStore { Info = _store.Info with { Prefix = PrefixStyle.Never, BareSchemes = ["SHA256-CRYPT"] } };
        bare.Add("a@example.com", Hash("Old-Passw0rd!", new HashSettings("SHA256-CRYPT"))["{SHA256-CRYPT}".Length..]);
        Assert.Equal(ErrorIds.SchemeUnknown, (await RunAsync([Request("a@example.com")], _options, bare))[0].ErrorId);
        await RunAsync([Request("a@example.com")], _options with { Settings = null }, bare);
        Assert.StartsWith("$5$", bare.HashOf("a@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scheme_that_a_reader_does_not_know_is_refused()
    {
        var picky = new MemoryStore { Info = _store.Info with { Schemes = ["BLF-CRYPT"], DefaultScheme = "BLF-CRYPT" } };
        picky.Add("a@example.com", Hash("Old-Passw0rd!", new HashSettings("SHA256-CRYPT")));
        var refused = (await RunAsync([Request("a@example.com")], _options, picky))[0];
        Assert.Equal(ErrorIds.SchemeUnknown, refused.ErrorId);
        Assert.Contains("BLF-CRYPT", refused.Message, StringComparison.Ordinal);
        Assert.Equal("BLF-CRYPT", (await RunAsync([Request("a@example.com")], _options with { Settings = null }, picky))[0].Scheme);
    }
}
