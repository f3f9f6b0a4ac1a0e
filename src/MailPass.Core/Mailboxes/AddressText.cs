using System.Globalization;
using System.Text;

namespace MailPass.Mailboxes;

/// <summary>Shows text that may be anything in a sentence, so that it can neither flood nor steer a terminal.</summary>
internal static class AddressText
{
    private const int LongestQuote = 100;

    /// <summary>The text in single quotes, cut if it is long, with invisible characters written as <c>\u{…}</c>.</summary>
    internal static string Quote(string? text)
    {
        var quoted = new StringBuilder("'");
        foreach (var rune in (text ?? string.Empty).AsSpan().EnumerateRunes())
        {
            if (quoted.Length > LongestQuote)
            {
                quoted.Append('…');
                break;
            }

            quoted.Append(IsVisible(rune) ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}"));
        }

        return quoted.Append('\'').ToString();
    }

    /// <summary>One character for a sentence: <c>'!' (U+0021)</c>.</summary>
    internal static string Name(Rune rune) => IsVisible(rune) && !Rune.IsWhiteSpace(rune)
        ? string.Create(CultureInfo.InvariantCulture, $"'{rune}' (U+{rune.Value:X4})")
        : string.Create(CultureInfo.InvariantCulture, $"the character U+{rune.Value:X4}");

    private static bool IsVisible(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
