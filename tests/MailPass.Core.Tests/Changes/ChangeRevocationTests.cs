using MailPass.Changes;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

/// <summary>How a run logs mailboxes out, and what it reports when a session system fails.</summary>
public sealed class ChangeRevocationTests : ChangeRunFixture
{
    [Theory]
    [InlineData(ReceiptStatus.Revoked, "It was logged out; if the old password still works")]
    [InlineData(ReceiptStatus.NotPurged, "It may still be logged in")]
    [InlineData(ReceiptStatus.Unreachable, "Dovecot a could not be asked to log it out: refused")]
    public async Task Uncertain_change_is_logged_out_and_keeps_its_error(ReceiptStatus answer, string told)
    {
        Fill(3);
        _store.Outcome = write => write.Account.Address.Value.StartsWith("user1", StringComparison.Ordinal) ? new WriteOutcome(WriteStatus.Unknown) : null;
        var keeper = new ScriptedAuthority("webmail", ReceiptStatus.Revoked) { KeepsPasswords = true };
        var results = await RunAsync(Reset(3), _options with { SessionAuthorities = [new ScriptedAuthority("Dovecot a", answer), keeper] });
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.Equal((ErrorIds.WriteUnknown, true), (results[1].ErrorId, results[1].Password is not null));
        Assert.Contains("Either the old or the new password works", results[1].Message);
        Assert.Contains(told, results[1].Message);
        Assert.All(results, result => Assert.Equal([answer, ReceiptStatus.Revoked], result.Receipts.Select(receipt => receipt.Status)));
        Assert.All(results, result => Assert.All(result.Receipts, receipt => Assert.Equal(result.Mailbox, receipt.Mailbox.Value)));

        // A webmail must not get a password that may not work.
        Assert.Equal(["user0@example.com", "user2@example.com"], keeper.Told);
    }

    [Fact]
    public async Task A_change_stays_if_its_sessions_could_not_be_ended()
    {
        Fill(2);
        var results = await RunAsync(Reset(2), _options with { SessionAuthorities = [new ScriptedAuthority("Dovecot a", ReceiptStatus.Revoked), new ScriptedAuthority("Dovecot b", ReceiptStatus.Unreachable)] });
        Assert.All(results, result =>
        {
            Assert.Equal(ChangeStatus.Changed, result.Status);
            Assert.Equal(ErrorIds.SessionAuthorityUnreachable, result.ErrorId);
            Assert.Equal(2, result.Receipts.Count);
            Assert.NotNull(result.Password);
        });
    }

    [Fact]
    public async Task Copies_are_taken_back_in_the_system_that_replaced_them()
    {
        Fill(2);
        var none = new ScriptedAuthority("none", ReceiptStatus.Revoked);
        var first = new ScriptedAuthority("first", ReceiptStatus.Revoked) { Replaces = true };
        var second = new ScriptedAuthority("second", ReceiptStatus.NotPurged) { Replaces = true };
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { SessionAuthorities = [none, first, second] });
        await CollectAsync(run, Reset(2), results);
        Assert.Empty(await run.TakeBackAsync(results));
        Assert.Empty(none.TakenBack);
        Assert.Equal(["first user0@example.com", "first user1@example.com"], first.TakenBack);
        Assert.Equal(["second user0@example.com", "second user1@example.com"], second.TakenBack);
        Assert.All(results, result => Assert.Throws<ObjectDisposedException>(() => result.Password!.Reveal()));
    }

    [Fact]
    public async Task System_that_fails_spoils_only_its_own_receipts()
    {
        Fill(2);
        var results = await RunAsync(Reset(2), _options with
        {
            SessionAuthorities =
            [
                new ScriptedAuthority("Dovecot a", ReceiptStatus.Revoked),
                new ScriptedAuthority("no owners", ReceiptStatus.Revoked) { OwnersFault = new InvalidOperationException("broken") },
                new ScriptedAuthority("too few", ReceiptStatus.Revoked) { Fewer = 1 },
            ],
        });
        Assert.All(results, result =>
        {
            Assert.Equal(ChangeStatus.Changed, result.Status);
            Assert.Equal([ReceiptStatus.Revoked, ReceiptStatus.NotPurged, ReceiptStatus.Unreachable], result.Receipts.Select(receipt => receipt.Status));
            Assert.Contains("could not read whether it owns a domain", result.Receipts[1].Reason);
            Assert.EndsWith("broken", result.Receipts[1].Reason);
        });
    }

    [Fact]
    public async Task Domain_owners_are_read_until_known_and_not_per_batch()
    {
        Fill(6);
        var steady = new ScriptedAuthority("steady", ReceiptStatus.Revoked) { Owners = ["anna@example.com"] };
        var late = new ScriptedAuthority("late", ReceiptStatus.Revoked) { OwnersFault = new InvalidOperationException("busy"), OwnersFaults = 1, Owners = ["bert@example.org"] };
        var results = await RunAsync(Reset(6), _options with { SessionAuthorities = [steady, late], BatchSize = 2 });

        Assert.Equal((1, 2), (steady.OwnersAsked, late.OwnersAsked));
        Assert.Equal([1, 2, 2], steady.OwnersTold);
        Assert.Equal([ReceiptStatus.NotPurged, ReceiptStatus.NotPurged, ReceiptStatus.Revoked, ReceiptStatus.Revoked, ReceiptStatus.Revoked, ReceiptStatus.Revoked], results.Select(result => result.Receipts[1].Status));
    }

    [Fact]
    public async Task Credentials_end_before_sessions_in_the_given_scope()
    {
        Fill(1);
        var order = new List<string>();
        var scope = new RevocationScope { IncludeAppPasswords = true };
        ISessionAuthority[] systems = [new ScriptedAuthority("sessions", ReceiptStatus.Revoked) { Asked = order }, new ScriptedAuthority("credentials", ReceiptStatus.Revoked) { Asked = order, EndsCredentials = true }];
        var result = Assert.Single(await RunAsync(Reset(1), _options with { SessionAuthorities = systems, RevocationScope = scope }));
        Assert.Equal(["credentials True", "sessions True"], order);
        Assert.Equal(["sessions", "credentials"], result.Receipts.Select(receipt => receipt.System));
    }
}
