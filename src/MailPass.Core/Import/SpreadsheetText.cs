namespace MailPass.Import;

/// <summary>
/// Keeps text in a CSV from being run as a formula by a spreadsheet: what begins with <c>= + - @</c>, a tab or a line
/// end gets an apostrophe in front, which spreadsheets show as text. So does what has such an apostrophe already, and
/// therefore reading takes off exactly what writing put on.
/// </summary>
public static class SpreadsheetText
{
    /// <summary>The text as a row may hold it that is written to a CSV.</summary>
    /// <param name="text">The text.</param>
    public static string Guard(string text) => NeedsApostrophe(text) ? "'" + text : text;

    /// <summary>The text without the apostrophe that <see cref="Guard"/> put on.</summary>
    /// <param name="text">The text in a row.</param>
    public static string Undo(string text) => IsGuarded(text) ? text[1..] : text;

    /// <inheritdoc cref="Undo(string)"/>
    internal static string Undo(ReadOnlySpan<char> text) => new(IsGuarded(text) ? text[1..] : text);

    internal static bool NeedsApostrophe(ReadOnlySpan<char> text)
    {
        text = text.TrimStart('\'');
        return text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n';
    }

    private static bool IsGuarded(ReadOnlySpan<char> text) => text.Length > 0 && text[0] == '\'' && NeedsApostrophe(text);
}
