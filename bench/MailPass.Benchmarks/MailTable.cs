namespace MailPass.Benchmarks;

/// <summary>A mail system's table of mailboxes, and what is written into it beside the hash.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Title">Its name in the results.</param>
/// <param name="System">The folder of the lab that has it.</param>
/// <param name="Schema">The schema's text, if the mail system's own schema writes more columns than are compared here.</param>
internal sealed record MailTable(string Name, string Title, string System, string? Schema = null)
{
    /// <summary>
    /// PostfixAdmin's mailbox: the hash and the time of the change, as in earlier measurements (bench/NOTES.md). Rows are
    /// narrow, and the only index is the key's.
    /// </summary>
    public static MailTable Plain { get; } = new("plain", "PostfixAdmin's mailbox, hash and modified", "postfixadmin",
        """
        {
          "name": "plain", "title": "PostfixAdmin's mailbox alone", "engines": ["mysql", "postgresql"],
          "detect": [ { "table": "mailbox", "columns": ["username", "password", "modified"] } ],
          "mailbox": { "table": "mailbox", "as": "m", "key": "m.username", "address": "m.username", "domain": "m.domain" },
          "hash": { "column": "m.password", "prefix": "always", "default": "SHA512-CRYPT" },
          "write": { "set": [ { "column": "modified", "to": { "now": "server" } } ] }
        }
        """);

    /// <summary>iRedMail's mailbox: wide rows, and an index on one of the written columns.</summary>
    public static MailTable IRedMail { get; } = new("iredmail", "iRedMail's mailbox", "iredmail");

    /// <summary>All tables.</summary>
    public static IReadOnlyList<MailTable> All { get; } = [Plain, IRedMail];

    /// <summary>The assignments to the columns beside the hash.</summary>
    public string Beside(bool onPostgreSql) => this == Plain
        ? "modified = now()"
        : onPostgreSql
            ? "passwordlastchange = now() AT TIME ZONE 'UTC', modified = now() AT TIME ZONE 'UTC'"
            : "passwordlastchange = UTC_TIMESTAMP(), modified = UTC_TIMESTAMP()";

    /// <summary>A mailbox's row: columns and their values.</summary>
    /// <param name="number">The mailbox's number, as an SQL expression.</param>
    /// <param name="domain">Its domain.</param>
    public (string Name, string Value)[] Row(string number, string domain)
    {
        const string Time = "'2026-01-02 03:04:05'";
        (string, string)[] both =
        [
            ("username", $"CONCAT('user', {number}, '@{domain}')"), ("password", $"'{MailDatabase.Hash()}'"), ("name", $"CONCAT('User ', {number})"),
            ("domain", $"'{domain}'"), ("created", Time), ("modified", Time), ("maildir", $"CONCAT('{domain}/user', {number}, '/')"),
        ];
        return this == Plain
            ? [.. both, ("local_part", $"CONCAT('user', {number})")]
            : [.. both, ("disclaimer", "''"), ("settings", "''"), ("passwordlastchange", Time)];
    }
}
