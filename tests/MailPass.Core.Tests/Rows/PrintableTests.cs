using FsCheck;
using FsCheck.Fluent;
using MailPass.Rows;

namespace MailPass.Core.Tests.Rows;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\u001B[31mred", "\uFFFD[31mred")]
    [InlineData("\u009B31m", "\uFFFD31m")]
    [InlineData("a\r\nb\tc", "a\uFFFD\uFFFDb\uFFFDc")]
    [InlineData("\u007F", "\uFFFD")]
    [InlineData("moc.elpmaxe\u202E", "moc.elpmaxe\uFFFD")]
    [InlineData("\u202Aa\u2029", "\uFFFDa\u2029")]
    [InlineData("\u2065\u2066\u2067\u2068\u2069\u206A", "\u2065\uFFFD\uFFFD\uFFFD\uFFFD\u206A")]
    [InlineData("\u200D\u200E\u200F\u2010\u061B\u061C", "\u200D\uFFFD\uFFFD\u2010\u061B\uFFFD")]
    [InlineData("Zoë 漢字 😀", "Zoë 漢字 😀")]
    public void Text_shows_no_control_character(string text, string shown) => Assert.Equal(shown, Printable.Of(text));

    [Fact]
    public void Any_text_keeps_its_length_and_other_characters() =>
        Prop.ForAll<string?>(text =>
        {
            var shown = Printable.Of(text);
            return shown?.Length == text?.Length
                && (text ?? string.Empty).Zip(shown ?? string.Empty).All(pair => pair.First == pair.Second || pair.Second == '\uFFFD')
                && shown?.Any(char.IsControl) != true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fault_has_no_control_character()
    {
        var fault = new MailPassException(ErrorIds.InputInvalid, "no \u001B]0;title\a", "try\n");
        Assert.Equal("no \uFFFD]0;title\uFFFD", fault.Message);
        Assert.Equal("try\uFFFD", fault.Remedy);
    }

    [Fact]
    public void Time_is_text_in_UTC_with_its_offset()
    {
        var time = new DateTimeOffset(2026, 3, 29, 1, 2, 3, 45, TimeSpan.FromHours(2));
        Assert.Equal("2026-03-28T23:02:03.045+00:00", Timestamps.Text(time));
        var utf8 = new byte[Timestamps.MaximumLength];
        Assert.Equal(Timestamps.Text(time), System.Text.Encoding.UTF8.GetString(utf8, 0, Timestamps.Write(time, utf8)));
    }
}
