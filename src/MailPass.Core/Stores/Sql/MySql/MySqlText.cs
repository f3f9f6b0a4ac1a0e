using System.Text;

namespace MailPass.Stores.Sql.MySql;

/// <summary>Texts in statements.</summary>
internal static class MySqlText
{
    /// <summary>A text as a literal; the session's mode has backslashes escape.</summary>
    /// <param name="text">The text.</param>
    /// <remarks>Quote and backslash are all that need escaping between quotes: https://mariadb.com/kb/en/string-literals/.</remarks>
    public static string Literal(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    /// <summary>A text that a column is compared with, in the column's own character set and collation.</summary>
    /// <param name="column">The column.</param>
    /// <param name="text">The text.</param>
    public static string LiteralFor(SqlColumn column, string text) =>
        Ascii.IsValid(text) ? Literal(text) : InCollationOf(column, Literal(text));

    /// <summary>Whether ASCII text has the same bytes in a column's character set; only the wide ones differ.</summary>
    /// <param name="column">The column.</param>
    public static bool ExtendsAscii(SqlColumn column) =>
        column.Charset is null || !(column.Charset.StartsWith("utf16", StringComparison.OrdinalIgnoreCase)
            || column.Charset.Equals("ucs2", StringComparison.OrdinalIgnoreCase) || column.Charset.Equals("utf32", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// An expression turned into a column's character set and collation. Without it a single address that the column's
    /// character set lacks makes the whole statement fail (error 1267); with it that address merely fits no row.
    /// </summary>
    /// <param name="column">The column.</param>
    /// <param name="sql">The expression.</param>
    public static string InCollationOf(SqlColumn column, string sql) =>
        column.Charset is { } charset && column.Collation is { } collation ? $"CONVERT({sql} USING {charset}) COLLATE {collation}" : sql;
}
