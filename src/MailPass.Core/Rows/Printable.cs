using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MailPass.Rows;

/// <summary>
/// Prepares text from an input or a server for people. Control characters could control a terminal, and marks that change the
/// direction of writing could make a line misleading; both are shown as U+FFFD.
/// </summary>
public static class Printable
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text without characters that a terminal would act on.</summary>
    /// <param name="text">Any text; line ends count as control characters.</param>
    /// <returns>The same text if it has none.</returns>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text)
    {
        if (text is null || !HasControl(text))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            safe.Append(IsControl(c) ? Replacement : c);
        }

        return safe.ToString();
    }

    private static bool HasControl(string text)
    {
        foreach (var c in text)
        {
            if (IsControl(c))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsControl(char c) => char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C';
}
