namespace MailPass.Stores;

/// <summary>
/// Which store is meant: a file (<c>mail.db</c>), <c>passwd-file:/path</c>, <c>postfix-accounts:/path</c>,
/// <c>mysql://user@host:port/database</c> or <c>postgres://user@host:port/database</c>. Never holds a password.
/// </summary>
/// <param name="Provider">The kind of store.</param>
/// <param name="Path">The file, or the Unix socket's folder or file.</param>
/// <param name="Server">The host name.</param>
/// <param name="Port">The port; <see langword="null"/> for the provider's own.</param>
/// <param name="Database">The database.</param>
/// <param name="User">The login's name.</param>
public sealed record StoreLocation(
    StoreProvider Provider,
    string? Path = null,
    string? Server = null,
    int? Port = null,
    string? Database = null,
    string? User = null)
{
    /// <summary>Reads a location as it is written on a command line.</summary>
    /// <param name="text">
    /// A file's path (or <c>sqlite:PATH</c>), <c>passwd-file:PATH</c>, <c>postfix-accounts:PATH</c>,
    /// <c>mysql://user@host:port/database</c> (also <c>mariadb://</c>) or <c>postgres://user@host:port/database</c> (also
    /// <c>postgresql://</c>); <c>?socket=PATH</c> names a Unix socket in place of the host. What is percent-encoded is decoded.
    /// </param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>; also where a password stands in it.</exception>
    public static StoreLocation Parse(string text) => StoreLocationParser.Parse(text);
}

/// <summary>The kinds of store.</summary>
public enum StoreProvider
{
    /// <summary>A SQLite file: MailPass's own or a mail system's.</summary>
    Sqlite,

    /// <summary>MySQL or MariaDB.</summary>
    MySql,

    /// <summary>PostgreSQL.</summary>
    PostgreSql,

    /// <summary>A Dovecot passwd-file.</summary>
    PasswdFile,

    /// <summary>docker-mailserver's <c>postfix-accounts.cf</c>.</summary>
    PostfixAccounts,
}
