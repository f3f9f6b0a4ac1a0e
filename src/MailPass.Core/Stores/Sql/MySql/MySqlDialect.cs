using System.Globalization;
using System.Text.RegularExpressions;

namespace MailPass.Stores.Sql.MySql;

/// <summary>The differences between servers that speak MySQL's protocol.</summary>
/// <param name="IsMariaDb">Whether it is MariaDB.</param>
/// <param name="HasValueLists">Whether <c>VALUES (0),(1)</c> may stand where a query may: MariaDB 10.3 (https://mariadb.com/kb/en/table-value-constructors/). MySQL has another syntax for it since 8.0.19.</param>
/// <param name="JoinsLongLists">Whether the server turns many values in one IN into a join by default: <c>in_predicate_conversion_threshold</c>, MariaDB 10.3.18 (https://mariadb.com/kb/en/conversion-of-big-in-predicates-into-subqueries/).</param>
internal readonly partial record struct MySqlDialect(bool IsMariaDb, bool HasValueLists = false, bool JoinsLongLists = false)
{
    /// <summary>Reads <c>VERSION()</c>: <c>10.11.19-MariaDB-…</c>, also behind a proxy (<c>5.5.5-10.11.19-MariaDB</c>); <c>8.0.36</c>.</summary>
    /// <param name="version">The server's answer.</param>
    public static MySqlDialect Of(string version)
    {
        if (!version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase))
        {
            return default;
        }

        // An unreadable version counts as an old one, whose statements all newer ones support.
        var number = MariaDb().Match(version) is { Success: true } match ? new Version(Part(match, 1), Part(match, 2), Part(match, 3)) : new Version();
        return new(IsMariaDb: true, HasValueLists: number >= new Version(10, 3), JoinsLongLists: number >= new Version(10, 3, 18));
    }

    private static int Part(Match match, int group) => int.Parse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d{1,4})\.(\d{1,4})\.(\d{1,4})-MariaDB", RegexOptions.IgnoreCase)]
    private static partial Regex MariaDb();
}
