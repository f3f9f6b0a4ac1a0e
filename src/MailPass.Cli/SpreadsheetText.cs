namespace MailPass.Cli;

/// <summary>
/// Keeps text in a CSV from being run as a formula by a spreadsheet: what begins with <c>= + - @</c>, a tab or a line
/// end gets an apostrophe in front, which spreadsheets show as text. So does what has such an apostrophe already, and
/// therefore reading takes off exactly what writing put on.
/// </summary>
internal static class SpreadsheetText
{
    public static bool NeedsApostrophe(ReadOnlySpan<char> text)
    {
        text = text.TrimStart('\'');
        return text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n';
    }

    public static string Undo(ReadOnlySpan<char> text) =>
        new(text.Length > 0 && text[0] == '\'' && NeedsApostrophe(text) ? text[1..] : text);
}
