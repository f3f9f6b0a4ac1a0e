using FsCheck;
using FsCheck.Fluent;
using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Mailboxes;

public sealed class BookkeepingTests
{
    [Fact]
    public void Text_of_bookkeeping_reads_back_the_same()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>[]>(), values =>
        {
            // A place is named once, and lone surrogates are in no database.
            var texts = values.Select(value => (string?)new string(value.Get.Where(letter => !char.IsSurrogate(letter)).ToArray())).Append(null).ToArray();
            var before = new Bookkeeping([.. texts.Select((_, i) => $"mailbox.column{i}$.\"é")], texts);
            var text = before.ToString();
            Assert.Equal(before, Bookkeeping.Parse(text));
            Assert.DoesNotContain('\n', text);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"a\":1}")]
    [InlineData("{\"a\":\"b\"")]
    [InlineData("{\"a\":{\"b\":\"c\"}}")]
    public void Text_of_something_else_is_refused(string text) => Assert.Throws<FormatException>(() => Bookkeeping.Parse(text));

    [Fact]
    public void Places_without_values_are_refused() => Assert.Throws<ArgumentException>(() => new Bookkeeping(["a", "b"], ["1"]));
}
