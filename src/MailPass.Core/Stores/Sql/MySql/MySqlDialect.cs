namespace MailPass.Stores.Sql.MySql;

/// <summary>What the servers that speak MySQL's protocol say differently.</summary>
/// <param name="IsMariaDb">Whether it is MariaDB.</param>
internal readonly record struct MySqlDialect(bool IsMariaDb)
{
    /// <summary>Reads <c>VERSION()</c>: <c>10.11.19-MariaDB-…</c>, <c>8.0.36</c>.</summary>
    /// <param name="version">The server's answer.</param>
    public static MySqlDialect Of(string version) => new(version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase));
}
