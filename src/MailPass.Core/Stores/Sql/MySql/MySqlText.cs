using System.Text;

namespace MailPass.Stores.Sql.MySql;

/// <summary>Builds texts for statements.</summary>
internal static class MySqlText
{
    /// <summary>A text as a literal; the session's mode has backslashes escape.</summary>
    /// <param name="text">The text.</param>
    /// <remarks>Between quotes, only the quote and the backslash need escaping: https://mariadb.com/kb/en/string-literals/.</remarks>
    public static string Literal(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    /// <summary>A text that a column is compared with, in the column's own character set and collation.</summary>
    /// <param name="column">The column.</param>
    /// <param name="text">The text.</param>
    public static string LiteralFor(SqlColumn column, string text) =>
        Ascii.IsValid(text) ? Literal(text) : InCollationOf(column, Literal(text));

    /// <summary>Whether ASCII text has the same bytes in a column's character set; in wide ones (such as UTF-16) it has not.</summary>
    /// <param name="column">The column.</param>
    public static bool ExtendsAscii(SqlColumn column) =>
        column.Charset is null || !(column.Charset.StartsWith("utf16", StringComparison.OrdinalIgnoreCase)
            || column.Charset.Equals("ucs2", StringComparison.OrdinalIgnoreCase) || column.Charset.Equals("utf32", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// An expression converted to a column's character set and collation. Without the conversion, a single address with a character
    /// that the column's character set lacks makes the whole statement fail (error 1267). With it, that address only matches no row.
    /// </summary>
    /// <param name="column">The column.</param>
    /// <param name="sql">The expression.</param>
    public static string InCollationOf(SqlColumn column, string sql) =>
        column.Charset is { } charset && column.Collation is { } collation ? $"CONVERT({sql} USING {charset}) COLLATE {collation}" : sql;
}
