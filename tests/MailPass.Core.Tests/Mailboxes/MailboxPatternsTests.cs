using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Mailboxes;

public sealed class MailboxPatternsTests
{
    [Theory]
    [InlineData("svc@example.com", "SVC@EXAMPLE.com", true)]
    [InlineData(" SVC@example.com ", "svc@example.com", true)]
    [InlineData("svc@example.com", "svc2@example.com", false)]
    [InlineData("svc*", "svc-backup@example.org", true)]
    [InlineData("*@example.com", "anna@example.com", true)]
    [InlineData("*@EXAMPLE.com", "anna@example.com", true)]
    [InlineData("*@example.com", "anna@sub.example.com", false)]
    [InlineData("*@*.example.com", "anna@sub.example.com", true)]
    [InlineData("a?@example.com", "ab@example.com", true)]
    [InlineData("a?@example.com", "a@example.com", false)]
    [InlineData("*", "anna@example.com", true)]
    [InlineData("*@müller.example", "anna@xn--mller-kva.example", true)]
    [InlineData("*@*.müller.example", "anna@mail.xn--mller-kva.example", true)]
    [InlineData("anna@MÜLLER.example", "anna@xn--mller-kva.example", true)]
    [InlineData("ÄRGER*@example.com", "ärger1@example.com", true)]
    [InlineData("mu\u0308ller*@example.com", "m\u00FCller1@example.com", true)]
    [InlineData("a\\*@example.com", "ab@example.com", false)]
    [InlineData("\"a\\??b\"@example.com", "\"a\\\\xb\"@example.com", true)]
    [InlineData("\"a b\"@example.com", "\"a b\"@example.com", true)]
    public void Entry_fits_the_mailboxes_that_it_names(string entry, string mailbox, bool fits) =>
        Assert.Equal(fits, MailboxPatterns.Parse([entry]).Contains(MailboxAddress.Parse(mailbox)));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("postmaster")]
    [InlineData("example.com")]
    [InlineData("anna@example.com, ben@example.com")]
    [InlineData("Anna <anna@example.com>")]
    [InlineData("svc[0-9]*@example.com")]
    [InlineData("@example.com")]
    public void Entry_that_matches_no_mailbox_is_refused(string entry)
    {
        var fault = Assert.Throws<MailPassException>(() => MailboxPatterns.Parse(["anna@example.com", entry]));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.Contains($"'{entry.Trim()}'", fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Remedy);
    }

    [Fact]
    public void Find_names_the_entry_as_it_was_written()
    {
        var patterns = MailboxPatterns.Parse(["svc*", "boss@example.com", "Boss@example.com"]);
        Assert.Equal("svc*", patterns.Find(MailboxAddress.Parse("SVC1@example.com")));
        Assert.Equal(2, patterns.Count);
        Assert.Null(patterns.Find(MailboxAddress.Parse("anna@example.com")));
    }
}
