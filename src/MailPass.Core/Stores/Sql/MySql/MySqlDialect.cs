using System.Globalization;

namespace MailPass.Stores.Sql.MySql;

/// <summary>What the servers that speak MySQL's protocol say differently.</summary>
/// <param name="IsMariaDb">Whether it is MariaDB.</param>
/// <param name="Rows">How several rows of values are written.</param>
internal readonly record struct MySqlDialect(bool IsMariaDb, MySqlRows Rows)
{
    /// <summary>Reads <c>VERSION()</c>: <c>10.11.19-MariaDB-…</c>, <c>8.0.36</c>.</summary>
    /// <param name="version">The server's answer.</param>
    public static MySqlDialect Of(string version)
    {
        if (version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase))
        {
            return new MySqlDialect(true, MySqlRows.Values);
        }

        var parts = version.Split('-')[0].Split('.');
        var number = parts.Length >= 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var patch)
                ? new Version(major, minor, patch)
                : new Version(5, 7, 0);
        return new MySqlDialect(false, number >= new Version(8, 0, 19) ? MySqlRows.ValuesRow : MySqlRows.Selects);
    }
}

/// <summary>How several rows of values are written.</summary>
internal enum MySqlRows
{
    /// <summary><c>SELECT … UNION ALL SELECT …</c>: everywhere.</summary>
    Selects,

    /// <summary><c>VALUES (…), (…)</c>: MariaDB from 10.3.</summary>
    Values,

    /// <summary><c>VALUES ROW(…), ROW(…)</c>: MySQL from 8.0.19.</summary>
    ValuesRow,
}
