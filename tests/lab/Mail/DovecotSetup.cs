using System.Globalization;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;

namespace MailPass.Lab.Mail;

/// <summary>How a Dovecot of the lab is set up.</summary>
public sealed record DovecotSetup
{
    /// <summary>The database for the queries.</summary>
    public LoginDatabase? Database { get; init; }

    /// <summary>The queries, in order.</summary>
    public IReadOnlyList<PasswordQuery> Passwords { get; init; } = [];

    /// <summary>A passwd-file that Dovecot reads after the database.</summary>
    public string? PasswdFile { get; init; }

    /// <summary>A directory that Dovecot asks after both.</summary>
    public LoginDirectory? Directory { get; init; }

    /// <summary>The IMAP port of a server that all connections are passed on to; that server verifies the passwords.</summary>
    public int? ProxyTo { get; init; }

    /// <summary>Its authentication cache, for example <c>10M</c>; <c>0</c> for none.</summary>
    public string AuthCacheSize { get; init; } = "0";

    /// <summary>Whether the doveadm HTTP API speaks TLS.</summary>
    public bool ApiOverTls { get; init; }

    /// <summary>Whether one process serves all IMAP connections, instead of one process each.</summary>
    public bool SharedImapProcess { get; init; }

    /// <summary>Further lines of configuration that every version understands.</summary>
    public string Extra { get; init; } = string.Empty;

    /// <summary>Logins from a mail system's own tables, with that mail system's query.</summary>
    public static async Task<DovecotSetup> ForAsync(MailSystem users)
    {
        var database = users.Server switch
        {
            SqliteFiles files => new LoginDatabase("sqlite", files.PathOf(users.Database)),
            PostgresServer => await ServerAsync("pgsql"),
            _ => await ServerAsync("mysql"),
        };
        return new DovecotSetup { Database = database, Passwords = [PasswordQuery.Parse(await MailSystem.ReadAsync(users.Name, "dovecot-sql.conf.ext"))] };

        async Task<LoginDatabase> ServerAsync(string driver) =>
            new(driver, users.Database, users.Server.Port, await users.Server.CreateReaderAsync(users.Database));
    }
}

/// <summary>A database for a Dovecot's queries.</summary>
/// <param name="Driver">Dovecot's name of the engine: <c>sqlite</c>, <c>mysql</c>, <c>pgsql</c>.</param>
/// <param name="Name">The database's name; SQLite's file.</param>
/// <param name="Port">The port on 127.0.0.1.</param>
/// <param name="Login">Dovecot's login.</param>
public sealed record LoginDatabase(string Driver, string Name, int Port = 0, LabLogin? Login = null)
{
    /// <summary>The port as text.</summary>
    public string PortText => Port.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A directory that a Dovecot asks.</summary>
/// <param name="Address">Its address, <c>ldap://…</c>.</param>
/// <param name="Base">The tree.</param>
/// <param name="Dn">Dovecot's own entry.</param>
/// <param name="Password">Dovecot's password.</param>
/// <param name="Filter">The filter, with 2.3's variables.</param>
/// <param name="Binds">Whether the directory verifies the password, by a login as the mailbox; else Dovecot reads the hash.</param>
public sealed record LoginDirectory(string Address, string Base, string Dn, string Password, string Filter, bool Binds);

/// <summary>A query for a user's password.</summary>
/// <param name="Sql">The statement, with 2.3's variables (<c>%u</c>, <c>%Lu</c>, <c>%Ls</c>, <c>%Us</c>).</param>
/// <param name="Masters">Whether it is for those who may log in under other names, as <c>name*master</c>.</param>
/// <param name="DefaultScheme">The scheme of a hash without a prefix.</param>
public sealed record PasswordQuery(string Sql, bool Masters = false, string DefaultScheme = "CRYPT")
{
    /// <summary>Reads a mail system's <c>dovecot-sql.conf.ext</c>.</summary>
    public static PasswordQuery Parse(string file)
    {
        var settings = file.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1]);
        return new(settings["password_query"], DefaultScheme: settings["default_pass_scheme"]);
    }
}
