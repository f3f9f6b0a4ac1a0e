using System.Data.Common;
using System.Globalization;
using System.Text;

namespace MailPass.Stores.Sql;

/// <summary>A column of an answer as text, whatever its type.</summary>
internal static class ColumnText
{
    /// <summary>Reads it; a Boolean is <c>1</c> or <c>0</c>, bytes are UTF-8.</summary>
    /// <param name="reader">The reader, at the row.</param>
    /// <param name="ordinal">Which column.</param>
    /// <returns><see langword="null"/> for NULL.</returns>
    public static string? Read(DbDataReader reader, int ordinal) => reader.GetValue(ordinal) switch
    {
        string text => text,
        DBNull => null,
        bool flag => flag ? "1" : "0",
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        var other => other.ToString(),
    };
}
