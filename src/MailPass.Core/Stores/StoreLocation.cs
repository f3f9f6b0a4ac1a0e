namespace MailPass.Stores;

/// <summary>
/// The location of a store: a file (<c>mail.db</c>), <c>passwd-file:/path</c> (<c>%d</c> in it for one file per domain), <c>postfix-accounts:/path</c>,
/// <c>mysql://user@host:port/database</c>, <c>postgres://user@host:port/database</c> or
/// <c>ldap://BIND-DN@host:port/BASE</c>. Never contains a password.
/// </summary>
/// <param name="Provider">The kind of store.</param>
/// <param name="Path">The file, or the Unix socket's folder or file.</param>
/// <param name="Server">The host name.</param>
/// <param name="Port">The port; <see langword="null"/> for the provider's own.</param>
/// <param name="Database">The database; a directory's base, <see langword="null"/> for its only naming context.</param>
/// <param name="User">The login's name; a directory's bind DN.</param>
public sealed record StoreLocation(
    StoreProvider Provider,
    string? Path = null,
    string? Server = null,
    int? Port = null,
    string? Database = null,
    string? User = null)
{
    /// <summary>How a connection to a directory is protected, as far as the location says.</summary>
    public LdapSecurity Security { get; init; }

    /// <summary>The domain of a passwd-file's users whose names have none.</summary>
    public string? Domain { get; init; }

    /// <summary>The folder of HestiaCP or VestaCP, which keeps the hashes of its passwd-files a second time; <see langword="null"/> for the folder where it is installed.</summary>
    public string? HestiaFolder { get; init; }

    /// <summary>The location as it is written on a command line: <see cref="Parse"/> reads it back.</summary>
    public string ToText()
    {
        switch (Provider)
        {
            case StoreProvider.Sqlite:
                return "sqlite:" + Path;
            case StoreProvider.PostfixAccounts:
                return "postfix-accounts:" + Path;
            case StoreProvider.PasswdFile:
                string?[] settings = [Domain is null ? null : "domain=" + Uri.EscapeDataString(Domain), HestiaFolder is null ? null : "hestia=" + Uri.EscapeDataString(HestiaFolder)];
                var given = string.Join('&', settings.OfType<string>());
                return "passwd-file:" + Path + (given.Length == 0 ? string.Empty : "?" + given);
            case StoreProvider.Ldap when Server is null:
                return $"ldapi://{Login}{(Path is null ? string.Empty : Uri.EscapeDataString(Path))}/{Base}";
            case StoreProvider.Ldap:
                return $"{(Security is LdapSecurity.Tls ? "ldaps" : "ldap")}://{Login}{Host}/{Base}{(Security is LdapSecurity.StartTls ? "?starttls" : string.Empty)}";
            default:
                var socket = Path is null ? string.Empty : "?socket=" + Uri.EscapeDataString(Path);
                return $"{(Provider is StoreProvider.MySql ? "mysql" : "postgres")}://{Login}{Host}/{Base}{socket}";
        }
    }

    private string Login => User is null ? string.Empty : Uri.EscapeDataString(User) + "@";

    private string Base => Database is null ? string.Empty : Uri.EscapeDataString(Database);

    private string Host => (Server is null ? string.Empty : Server.Contains(':', StringComparison.Ordinal) ? $"[{Server}]" : Server)
        + (Port is { } port ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $":{port}") : string.Empty);

    /// <summary>Reads a location as it is written on a command line.</summary>
    /// <param name="text">
    /// A file's path (or <c>sqlite:PATH</c>), <c>passwd-file:PATH</c> (with <c>%d</c> in it, or <c>?domain=DOMAIN</c> behind it, for user
    /// names without a domain), <c>postfix-accounts:PATH</c>, <c>mysql://user@host:port/database</c> (also <c>mariadb://</c>) or <c>postgres://user@host:port/database</c> (also
    /// <c>postgresql://</c>); <c>?socket=PATH</c> names a Unix socket in place of the host; <c>ldap://BIND-DN@host:port/BASE</c>
    /// (with <c>?starttls</c> behind it to encrypt on this machine too), <c>ldaps://</c> or <c>ldapi:///BASE</c>. Percent-encoded
    /// characters are decoded.
    /// </param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>; also if it contains a password.</exception>
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

    /// <summary>An LDAP directory.</summary>
    Ldap,
}

/// <summary>How a connection to a directory is protected.</summary>
public enum LdapSecurity
{
    /// <summary>By STARTTLS to another machine, and not at all on this one.</summary>
    None,

    /// <summary>By STARTTLS wherever the server is.</summary>
    StartTls,

    /// <summary>By TLS from the first byte (<c>ldaps</c>).</summary>
    Tls,
}
