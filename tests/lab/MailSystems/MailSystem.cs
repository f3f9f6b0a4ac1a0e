using MailPass.Lab.Databases;

namespace MailPass.Lab.MailSystems;

/// <summary>A mail system's database with the cast of <c>schemas/README.md</c> in it.</summary>
public sealed class MailSystem : IDisposable
{
    /// <summary>The password that every mailbox of the cast starts with.</summary>
    public const string OldPassword = "Old-Passw0rd!";

    private MailSystem(string name, LabDatabaseServer server, string database, PostfixAdmin? site)
    {
        Name = name;
        Server = server;
        Database = database;
        Site = site;
    }

    /// <summary>The folder's name in <c>schemas</c>.</summary>
    public string Name { get; }

    /// <summary>The server.</summary>
    public LabDatabaseServer Server { get; }

    /// <summary>The database's name.</summary>
    public string Database { get; }

    /// <summary>The real PostfixAdmin, if it created the tables.</summary>
    public PostfixAdmin? Site { get; }

    /// <summary>Makes a database with a mail system's tables and the cast.</summary>
    /// <param name="name">The folder's name in <c>schemas</c>.</param>
    /// <param name="server">The server.</param>
    /// <param name="prefix">PostfixAdmin's table prefix.</param>
    public static async Task<MailSystem> CreateAsync(string name, LabDatabaseServer server, string prefix = "")
    {
        var database = server.NewDatabaseName(name);
        await server.CreateDatabaseAsync(database);
        PostfixAdmin? site = null;
        if (name == "postfixadmin")
        {
            site = await PostfixAdmin.InstallAsync(server, database, prefix);
        }
        else
        {
            await server.ExecuteAsync(database, name == "mailpass" ? await Grants.OwnTablesAsync(server.Engine) : await ReadAsync(name, $"tables.{server.Engine}.sql"));
        }

        // A table whose name is a word of SQL's is quoted as its engine does.
        var seed = (await ReadAsync(name, "seed.sql")).Replace("@user@", server.Quote("user"), StringComparison.Ordinal);
        await server.ExecuteAsync(database, prefix.Length == 0 ? seed : seed.Replace("INSERT INTO ", "INSERT INTO " + prefix, StringComparison.Ordinal));
        return new MailSystem(name, server, database, site);
    }

    /// <summary>Whether the lab has this mail system's tables for an engine.</summary>
    public static bool Exists(string name, string engine) => name == "postfixadmin" || (name == "mailpass" && engine != "sqlite") || File.Exists(Path.Combine(Folder(name), $"tables.{engine}.sql"));

    /// <summary>The folder that holds a schema's tables, or <see langword="null"/> if there is none.</summary>
    public static string? FolderOf(string schema) => schema switch
    {
        "groupoffice-mailboxes" or "groupoffice-users" => "groupoffice",
        "groupoffice-postfixadmin" => "groupoffice-legacy",
        _ => Directory.Exists(Folder(schema)) ? schema : null,
    };

    /// <summary>A file of the mail system's folder.</summary>
    public static Task<string> ReadAsync(string name, string file) => File.ReadAllTextAsync(Path.Combine(Folder(name), file));

    /// <summary>All rows of all tables.</summary>
    public Task<Snapshot> SnapshotAsync() => Server.SnapshotAsync(Database);

    /// <summary>Runs one query with all rights.</summary>
    public Task<IReadOnlyList<LabRow>> QueryAsync(string sql) => Server.QueryAsync(Database, sql);

    /// <summary>Runs statements with all rights.</summary>
    public Task ExecuteAsync(string sql) => Server.ExecuteAsync(Database, sql);

    /// <inheritdoc/>
    public void Dispose() => Site?.Dispose();

    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "schemas", name);
}
