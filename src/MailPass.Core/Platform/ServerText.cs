using System.Globalization;
using System.Text;

namespace MailPass.Platform;

/// <summary>Prepares text from servers and programs for a sentence, a table or a terminal.</summary>
public static class ServerText
{
    /// <summary>The default for the most characters that are kept.</summary>
    public const int Longest = 400;

    /// <summary>
    /// The text on one line: line ends are spaces; control characters, marks that turn the direction of writing and
    /// halves of characters are gone; and it is cut if it is long.
    /// </summary>
    /// <param name="text">Anything.</param>
    /// <param name="longest">The most characters to keep, 1 or more.</param>
    public static string OneLine(string? text, int longest = Longest)
    {
        var line = new StringBuilder();
        foreach (var rune in (text ?? string.Empty).ReplaceLineEndings(" ").EnumerateRunes())
        {
            if (!IsKept(rune))
            {
                continue;
            }

            if (line.Length + rune.Utf16SequenceLength > longest)
            {
                break;
            }

            line.Append(rune.ToString());
        }

        return line.ToString().Trim();
    }

    // U+FFFD replaces half a Unicode character; the separators U+2028 and U+2029 are line ends and spaces by now.
    private static bool IsKept(Rune rune) =>
        rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
