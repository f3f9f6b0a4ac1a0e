using System.Text;

namespace MailPass.Stores.Sql.MySql;

/// <summary>Texts in statements. A batch of thousands of rows as parameters would cost more than it carries.</summary>
internal static class MySqlText
{
    /// <summary>A text as a literal; the session's mode has backslashes escape.</summary>
    /// <param name="text">The text.</param>
    public static string Literal(string text)
    {
        var literal = new StringBuilder(text.Length + 2);
        AppendLiteral(literal, text);
        return literal.ToString();
    }

    /// <summary>Appends a text as a literal.</summary>
    /// <param name="statement">Receives it.</param>
    /// <param name="text">The text.</param>
    public static void AppendLiteral(StringBuilder statement, ReadOnlySpan<char> text)
    {
        statement.Append('\'');
        AppendEscaped(statement, text);
        statement.Append('\'');
    }

    /// <summary>Appends what stands between the quotes of a literal.</summary>
    /// <param name="statement">Receives it.</param>
    /// <param name="text">The text.</param>
    public static void AppendEscaped(StringBuilder statement, ReadOnlySpan<char> text)
    {
        // https://mariadb.com/kb/en/string-literals/: quote and backslash are all that need escaping between quotes.
        for (var at = text.IndexOfAny('\'', '\\'); at >= 0; at = text.IndexOfAny('\'', '\\'))
        {
            statement.Append(text[..at]).Append('\\').Append(text[at]);
            text = text[(at + 1)..];
        }

        statement.Append(text);
    }

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
