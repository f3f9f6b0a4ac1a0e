using System.Text;

namespace MailPass.Cli.Output;

/// <summary>Text from an input on its way to a terminal: control characters could drive the terminal, so they are shown as U+FFFD.</summary>
internal static class Printable
{
    public static string Of(string text)
    {
        if (!text.Any(IsControl))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            safe.Append(IsControl(c) ? '\uFFFD' : c);
        }

        return safe.ToString();
    }

    // Besides the control characters, the marks that turn the direction of writing: they can make a line lie.
    private static bool IsControl(char c) => char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
