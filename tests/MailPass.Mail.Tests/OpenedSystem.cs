using MailPass.Changes;
using MailPass.Generation;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>A mail system's database, and MailPass's store over it with exactly the documented rights.</summary>
internal sealed class OpenedSystem : IAsyncDisposable
{
    private OpenedSystem(MailSystem system, IMailboxStore store)
    {
        System = system;
        Store = store;
    }

    public MailSystem System { get; }

    public IMailboxStore Store { get; }

    /// <summary>Makes the database and opens it.</summary>
    /// <param name="servers">The servers.</param>
    /// <param name="schema">The schema's name.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="prefix">PostfixAdmin's table prefix.</param>
    /// <param name="options">The schema's options to enable.</param>
    public static async Task<OpenedSystem> CreateAsync(LabServers servers, string schema, string engine, string prefix = "", params string[] options)
    {
        var server = await servers.GetAsync(engine);
        var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync(MailSystem.FolderOf(schema)!, server, prefix));
        try
        {
            return new OpenedSystem(system, await OpenAsync(system, schema, prefix, options));
        }
        catch
        {
            system.Dispose();
            throw;
        }
    }

    /// <summary>Opens a database with the documented rights; MailPass detects its schema.</summary>
    public static async Task<IMailboxStore> OpenAsync(MailSystem system, string schema, string prefix = "", params string[] options)
    {
        if (system.Server is SqliteFiles files)
        {
            return await MailStore.OpenAsync(StoreLocation.Parse(files.PathOf(system.Database)), new StoreOpenOptions { SchemaOptions = options });
        }

        return await OpenAsync(system, await LoginAsync(system, schema, prefix), null, options);
    }

    /// <summary>Creates the documented login.</summary>
    public static async Task<LabLogin> LoginAsync(MailSystem system, string schema, string prefix)
    {
        var grants = await Grants.ReadAsync(schema, system.Server.Engine);
        return await system.Server.CreateMailPassAsync(system.Database, prefix.Length == 0 ? grants : Prefixed(grants, prefix));
    }

    /// <summary>Opens a database with any login.</summary>
    public static async Task<IMailboxStore> OpenAsync(MailSystem system, LabLogin login, string? schema, params string[] options)
    {
        using var password = Secret.FromChars(login.Password);
        var provider = system.Server.Engine == "mysql" ? StoreProvider.MySql : StoreProvider.PostgreSql;
        return await MailStore.OpenAsync(
            new StoreLocation(provider, Server: "127.0.0.1", Port: system.Server.Port, Database: system.Database, User: login.User),
            new StoreOpenOptions { Password = password, Schema = schema, SchemaOptions = options });
    }

    /// <summary>Changes mailboxes.</summary>
    public Task<IReadOnlyList<ChangeResult>> RunAsync(IEnumerable<ChangeRequest> requests, ChangeRunOptions? options = null) => Runs.ChangeAsync(Store, requests, options);

    /// <summary>Resets every mailbox of a domain, as the store lists them.</summary>
    public async Task<IReadOnlyList<ChangeResult>> ResetAsync(string domain)
    {
        var accounts = await Store.ListAsync(new MailboxQuery { Domain = domain }, CancellationToken.None).ToListAsync();
        return await RunAsync(accounts.Select(account => new ChangeRequest { Identity = account.Address.Value, Account = account }));
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        System.Dispose();
    }

    private static string Prefixed(string grants, string prefix) => new[] { "mailbox", "domain", "log" }
        .Aggregate(grants, (text, table) => text
            .Replace($" ON mail.{table} ", $" ON mail.{prefix}{table} ", StringComparison.Ordinal)
            .Replace($" ON {table} ", $" ON {prefix}{table} ", StringComparison.Ordinal)
            .Replace($" ON {table}_id_seq ", $" ON {prefix}{table}_id_seq ", StringComparison.Ordinal));
}
