using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Mailboxes;

public sealed class MailboxScopeTests
{
    private static readonly MailboxScope s_scope = MailboxScope.Create("profile helpdesk", ["Example.com", "*.example.org", "müller.example", "*.größe.example"], ["boss@example.com", "svc-*"], ["reset", "Revoke"]);

    [Theory]
    [InlineData("anna@example.com", null)]
    [InlineData("anna@EXAMPLE.COM", null)]
    [InlineData("anna@a.example.org", null)]
    [InlineData("anna@xn--mller-kva.example", null)]
    [InlineData("anna@mail.größe.example", null)]
    [InlineData("anna@example.org", "outside the scope of profile helpdesk, which has example.com")]
    [InlineData("anna@sub.example.com", "outside the scope")]
    [InlineData("anna@notexample.com", "outside the scope")]
    [InlineData("BOSS@example.com", "excludes boss@example.com")]
    [InlineData("svc-backup@example.com", "excludes svc-*")]
    public void Refusal_names_the_mailbox_and_the_reason(string mailbox, string? because)
    {
        var refusal = s_scope.Refusal(MailboxAddress.Parse(mailbox), MailboxActions.Reset);
        Assert.Equal(because is null ? null : ErrorIds.OutOfScope, refusal?.ErrorId);
        if (because is not null)
        {
            Assert.Contains(mailbox.Split('@')[0], refusal!.Message, StringComparison.Ordinal);
            Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
            Assert.NotNull(refusal.Remedy);
        }
    }

    [Theory]
    [InlineData(MailboxActions.Reset, true)]
    [InlineData(MailboxActions.Revoke, true)]
    [InlineData(MailboxActions.Set, false)]
    [InlineData(MailboxActions.Change, false)]
    [InlineData(MailboxActions.List, false)]
    [InlineData(MailboxActions.Restore, false)]
    [InlineData(MailboxActions.Recover, false)]
    public void Refusal_of_an_action_names_what_is_allowed(MailboxActions action, bool allowed)
    {
        var refusal = s_scope.Refusal(MailboxAddress.Parse("anna@example.com"), action);
        Assert.Equal(allowed, refusal is null);
        if (refusal is not null)
        {
            Assert.Contains("reset, revoke", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(ErrorIds.OutOfScope, Assert.Throws<MailPassException>(() => s_scope.Require(action)).ErrorId);
        }
    }

    [Fact]
    public void Set_includes_a_persons_own_change_and_not_the_reverse()
    {
        Assert.True(MailboxScope.Create("x", null, null, ["set"]).Allows(MailboxActions.Change));
        Assert.False(MailboxScope.Create("x", null, null, ["change"]).Allows(MailboxActions.Set));
    }

    [Fact]
    public void Scope_without_lists_allows_everything()
    {
        var scope = MailboxScope.Create("x", null, null, null);
        Assert.True(scope.IsEverything);
        Assert.All(Enum.GetValues<MailboxActions>(), action => Assert.Null(scope.Refusal(MailboxAddress.Parse("a@b.example"), action)));
    }

    [Fact]
    public void Empty_list_or_unknown_word_is_refused()
    {
        Assert.Equal(ErrorIds.InputInvalid, Assert.Throws<MailPassException>(() => MailboxScope.Create("x", [], null, null)).ErrorId);
        Assert.Equal(ErrorIds.InputInvalid, Assert.Throws<MailPassException>(() => MailboxScope.Create("x", null, null, [])).ErrorId);
        Assert.Contains("'rest'", Assert.Throws<MailPassException>(() => MailboxScope.Create("x", null, null, ["rest"])).Message, StringComparison.Ordinal);
        Assert.Contains("'anna@example.com'", Assert.Throws<MailPassException>(() => MailboxScope.Create("x", ["anna@example.com"], null, null)).Message, StringComparison.Ordinal);
        Assert.Contains("'all'", Assert.Throws<MailPassException>(() => MailboxScope.Create("x", null, ["all"], null)).Message, StringComparison.Ordinal);
    }
}
