using System.Diagnostics.CodeAnalysis;
using MailPass.Import;
using MailPass.Rows;

namespace MailPass;

/// <summary>Text of others in a row: it can drive neither a terminal (Format-List shows it as it is) nor a spreadsheet.</summary>
internal static class RowText
{
    /// <summary>The text as a row has it.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text) => text is null ? null : SpreadsheetText.Guard(Printable.Of(text));
}
