using System.Diagnostics.CodeAnalysis;
using MailPass.Import;
using MailPass.Rows;

namespace MailPass;

/// <summary>Makes foreign text in a row safe for a terminal (Format-List shows it as it is) and for a spreadsheet.</summary>
internal static class RowText
{
    /// <summary>The text as a row has it.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text) => text is null ? null : SpreadsheetText.Guard(Printable.Of(text));
}
