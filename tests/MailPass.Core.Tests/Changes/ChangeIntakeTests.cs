using System.Threading.Channels;
using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Changes;

/// <summary>The input of a run: requests in order, duplicate, faulty and missing ones, input that breaks off or pauses.</summary>
public sealed class ChangeIntakeTests : ChangeRunFixture
{
    [Fact]
    public async Task Reset_gives_each_mailbox_its_own_verified_password()
    {
        Fill(500);
        var results = await RunAsync(Reset(500));
        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        Assert.Equal(500, results.Select(result => result.Password!.Reveal()).Distinct().Count());
        Assert.All(results, result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
    }

    [Fact]
    public async Task Results_keep_the_order_of_the_input()
    {
        Fill(300);
        _store.Add("off@example.com", "{SSHA512}x", MailboxState.Disabled);
        var identities = Enumerable.Range(0, 300)
            .SelectMany(i => new[] { $"user{i}@example.com", i % 3 == 0 ? "nobody@example.com" + i : i % 3 == 1 ? "off@example.com" : "no address" })
            .ToList();
        var results = await RunAsync(identities.Select((identity, i) => new ChangeRequest { Identity = identity, Line = i + 2 }), _options with { BatchSize = 7 });
        Assert.Equal(identities, results.Select(result => result.Mailbox));
        Assert.Equal(Enumerable.Range(2, 600).Select(line => (long?)line), results.Select(result => result.Line));
    }

    [Theory]
    [InlineData("nobody@example.com", ErrorIds.MailboxNotFound)]
    [InlineData("off@example.com", ErrorIds.MailboxDisabled)]
    [InlineData("ldap@example.com", ErrorIds.MailboxExternal)]
    [InlineData("no address", ErrorIds.AddressInvalid)]
    [InlineData("'; DROP TABLE mailbox; --", ErrorIds.AddressInvalid)]
    public async Task A_mailbox_that_cannot_be_changed_fails_and_the_rest_goes_on(string identity, string errorId)
    {
        Fill(2);
        _store.Add("off@example.com", "{SSHA512}x", MailboxState.Disabled);
        _store.Add("ldap@example.com", "{SSHA512}x", MailboxState.External);
        var results = await RunAsync([Request("user0@example.com"), Request(identity), Request("user1@example.com")]);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.Equal(errorId, results[1].ErrorId);
        Assert.Contains(identity, results[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_mailbox_counts_once_in_any_spelling()
    {
        Fill(1);
        var results = await RunAsync([Request("user0@example.com"), Request("USER0@EXAMPLE.COM"), Request("user0@example.com")]);
        Assert.Equal([null, ErrorIds.AddressDuplicate, ErrorIds.AddressDuplicate], results.Select(result => result.ErrorId));
        Assert.True(StoredHash.Parse(_store.HashOf("user0@example.com")!).Verify(results[0].Password!));
    }

    [Fact]
    public async Task Unreadable_row_does_not_make_a_later_one_a_duplicate()
    {
        Fill(1);
        var faulty = new ChangeRequest { Identity = "user0@example.com", Fault = new MailPassException(ErrorIds.InputInvalid, "Line 2 has too few columns.") };
        var results = await RunAsync([faulty, Request("user0@example.com")]);
        Assert.Equal([ChangeStatus.Failed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.Equal(ErrorIds.InputInvalid, results[0].ErrorId);
    }

    [Fact]
    public async Task A_source_that_pauses_sees_its_results()
    {
        Fill(2);
        var source = Channel.CreateUnbounded<ChangeRequest>();
        await using var run = new ChangeRun(_store, _options);
        await using var results = run.ExecuteAsync(source.Reader.ReadAllAsync()).GetAsyncEnumerator();
        await source.Writer.WriteAsync(Request("user0@example.com"));
        Assert.True(await results.MoveNextAsync());
        Assert.Equal("user0@example.com", results.Current.Mailbox);
        await source.Writer.WriteAsync(Request("user1@example.com"));
        Assert.True(await results.MoveNextAsync());
        source.Writer.Complete();
        Assert.False(await results.MoveNextAsync());
    }

    [Fact]
    public async Task Input_that_breaks_off_ends_the_run_after_the_rows_before_it()
    {
        Fill(5);
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options);
        await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Broken(), results));
        Assert.Equal(5, results.Count(result => result.Status is ChangeStatus.Changed));

        static async IAsyncEnumerable<ChangeRequest> Broken()
        {
            await Task.Yield();
            for (var i = 0; i < 5; i++)
            {
                yield return Request($"user{i}@example.com");
            }

            throw new MailPassException(ErrorIds.InputInvalid, "Line 7 ends within quotes.");
        }
    }
}
