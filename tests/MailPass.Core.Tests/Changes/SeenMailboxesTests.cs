using FsCheck;
using FsCheck.Fluent;
using MailPass.Changes;
using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Changes;

public sealed class SeenMailboxesTests
{
    [Fact]
    public void Each_mailbox_is_new_once_as_a_plain_set_has_it() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), numbers =>
        {
            using var seen = new SeenMailboxes();
            var plain = new HashSet<byte>();
            return numbers.All(number => seen.Add(Address(number)) == plain.Add(number));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_hundred_thousand_are_kept_apart_and_all_remembered()
    {
        using var seen = new SeenMailboxes();
        Assert.All(Enumerable.Range(0, 100_000), i => Assert.True(seen.Add(Address(i))));
        Assert.All(Enumerable.Range(0, 100_000), i => Assert.False(seen.Add(Address(i))));
    }

    private static MailboxAddress Address(int number) => MailboxAddress.Parse($"user{number}@example.com");
}
