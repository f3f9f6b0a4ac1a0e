using System.Text;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.GroupOffice;
using MailPass.Sessions.Setup;
using MailPass.Sessions.Sql;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>Sessions and tokens in the databases that webmails and panels really use, under the rights that docs/sessions-webmail.md asks for.</summary>
[Collection(LabServersGroup.Name)]
public sealed class SessionSystemTests(LabServers servers)
{
    private static readonly MailboxAddress Anna = MailboxAddress.Parse("anna@alpha.example");
    private static readonly MailboxAddress Bert = MailboxAddress.Parse("bert@alpha.example");

    // The mail client's table as its module's install.sql creates it, without columns that no test uses.
    internal const string Accounts = """
        CREATE TABLE em_accounts (id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id int(11) NOT NULL DEFAULT 0, host varchar(100) DEFAULT NULL, username varchar(190) DEFAULT NULL, password varchar(512) DEFAULT NULL,
          smtp_host varchar(100) DEFAULT NULL, smtp_username varchar(190) DEFAULT NULL, smtp_password varchar(64) NOT NULL DEFAULT '', password_encrypted tinyint(4) NOT NULL DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
        INSERT INTO em_accounts (user_id, host, username, password) VALUES (2, 'localhost', 'anna@alpha.example', '{GOCRYPT}old'), (3, 'localhost', 'bert@alpha.example', '{GOCRYPT}old');
        INSERT INTO core_client VALUES (2, 'phone', 'Android', 'ActiveSync 16.1', 'x', '192.0.2.1', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 'allowed', 0, 3);
        """;

    [SkippableFact]
    public async Task Group_Office_sessions_tokens_and_devices_end()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("groupoffice", server));
        await system.ExecuteAsync(Accounts);
        await system.ExecuteAsync("CREATE TABLE apikeys_key (id int AUTO_INCREMENT PRIMARY KEY, accessToken varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, FOREIGN KEY (accessToken) REFERENCES core_auth_token (accessToken) ON DELETE RESTRICT); INSERT INTO apikeys_key (accessToken) VALUES ('api-key')");
        var database = await OpenAsync(system, "groupoffice");
        Assert.Equal([SessionSystemKind.GroupOffice], await SessionSystemDetection.DetectAsync(database));
        Assert.Equal([Bert], await GroupOfficeAuthority.ReadDomainOwnersAsync(database));

        await using (var listing = new GroupOfficeAuthority(database))
        {
            // The server's clock is not UTC, the column is.
            var session = Assert.Single(await listing.ListAsync(null).ToListAsync());
            Assert.Equal((Anna, "192.0.2.1", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), (session.Mailbox, session.ClientAddress, session.Since));
        }

        await using var authority = new GroupOfficeAuthority(database, new GroupOfficeOptions { BlankStoredPassword = true, MailServers = ["localhost"], DenyDevices = true });
        var receipts = await authority.RevokeAsync([Anna, Bert]);
        Assert.Equal([(ReceiptStatus.NotPurged, 2), (ReceiptStatus.Revoked, 1)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Contains("was blanked", receipts[1].Reason);
        Assert.Contains("1 ActiveSync device denied", receipts[1].Reason);
        Assert.Equal(["allowed 0", "denied 1"], (await system.QueryAsync("SELECT concat(status, ' ', needResync) AS s FROM core_client ORDER BY id")).Select(row => row["s"]));
        Assert.Equal(["api-key"], (await system.QueryAsync("SELECT accessToken FROM core_auth_token")).Select(row => row["accessToken"]));
        Assert.Empty(await system.QueryAsync("SELECT * FROM core_auth_remember_me"));
    }

    [SkippableFact]
    public async Task Group_Office_copy_is_replaced_only_if_it_fits_the_column()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("groupoffice", server));
        await system.ExecuteAsync(Accounts);
        await system.ExecuteAsync("UPDATE em_accounts SET smtp_username = username, smtp_password = 'short' WHERE id = 1; ALTER TABLE em_accounts MODIFY password varchar(204), MODIFY smtp_password varchar(203) NOT NULL DEFAULT ''");
        using var folder = new LabFolder("key");
        var file = folder.Write("key.txt", "def0000068f19dac0ce5cad6875c26586d855f49575a9d76f4681acb8514f401c5a6176d5ff7b21f2bcfe4229c2ddf6c88f095d5abcd50d0a32aa81d6d2b4909bcfebc34");
        await using var authority = new GroupOfficeAuthority(await OpenAsync(system, "groupoffice"), new GroupOfficeOptions { KeyFile = file });
        using var password = Secret.FromChars("New-Secret-22");
        var receipts = await authority.RevokeChangedAsync([new ChangedPassword(Anna, password)], RevocationScope.Everything);

        // The second column would cut off the last character, and not every server reports that.
        Assert.Contains("was replaced with the new one", receipts[0].Reason);
        Assert.Contains("not replaced: the new one, encrypted, is longer than the column", receipts[0].Reason);
        var kept = (await system.QueryAsync("SELECT password, smtp_password, password_encrypted FROM em_accounts ORDER BY id")).ToList();
        Assert.StartsWith("{GOCRYPT2}def50200", kept[0]["password"]);
        Assert.Equal((204, "short", "2"), (kept[0]["password"]!.Length, kept[0]["smtp_password"], kept[0]["password_encrypted"]));
        Assert.Equal(("{GOCRYPT}old", "0"), (kept[1]["password"], kept[1]["password_encrypted"]));

        await authority.TakeBackAsync(receipts);
        Assert.Equal("{GOCRYPT}old", (await system.QueryAsync("SELECT password FROM em_accounts ORDER BY id"))[0]["password"]);
    }

    [SkippableFact]
    public async Task Mailcow_tokens_and_app_passwords_of_one_mailbox_end()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("mailcow", server));
        var database = await OpenAsync(system, "mailcow");
        Assert.Equal([SessionSystemKind.Sogo, SessionSystemKind.Mailcow], await SessionSystemDetection.DetectAsync(database));

        await using var authority = AppPasswordAuthority.Mailcow(database);
        var receipt = Assert.Single(await authority.RevokeAsync([Anna], new RevocationScope { IncludeAppPasswords = true }));
        Assert.Equal((ReceiptStatus.Revoked, "Ended: 2 OAuth tokens, 1 app passwords."), (receipt.Status, receipt.Reason));
        Assert.Equal(["0", "1"], (await system.QueryAsync("SELECT active FROM app_passwd ORDER BY mailbox")).Select(row => row["active"]));
        Assert.Equal(["access-of-bert"], (await system.QueryAsync("SELECT access_token FROM oauth_access_tokens")).Select(row => row["access_token"]));

        await using var sogo = new SogoAuthority(database, everybody: true);
        Assert.Equal(ReceiptStatus.NotPurged, Assert.Single(await sogo.RevokeAsync([Anna])).Status);
        Assert.Empty(await system.QueryAsync("SELECT * FROM sogo_sessions_folder"));
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task Roundcube_sessions_of_one_mailbox_end(string engine)
    {
        var server = await servers.GetAsync(engine);
        var name = server.NewDatabaseName("roundcube");
        await server.CreateDatabaseAsync(name);
        var vars = Convert.ToBase64String(Encoding.UTF8.GetBytes("temp|b:0;username|s:18:\"Anna@alpha.example\";login_time|i:1700000000;"));
        await server.ExecuteAsync(name, engine == "mysql"
            ? "CREATE TABLE session (sess_id varchar(128) NOT NULL PRIMARY KEY, changed datetime NOT NULL DEFAULT '1000-01-01 00:00:00', ip varchar(40) NOT NULL, vars mediumtext NOT NULL) ROW_FORMAT=DYNAMIC ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            : "CREATE TABLE session (sess_id varchar(128) DEFAULT '' PRIMARY KEY, changed timestamp with time zone DEFAULT now() NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL)");
        await server.ExecuteAsync(name, $"INSERT INTO session (sess_id, ip, vars) VALUES ('s1', '192.0.2.1', '{vars}'), ('S1', '192.0.2.1', '{Convert.ToBase64String("language|s:2:\"en\";"u8)}')");
        var database = engine == "mysql"
            ? await OpenAsync(server, name, await server.CreateMailPassAsync(name, await Grants.ReadAsync("roundcube-sessions", "mysql")))
            : await OpenAsync(server, name, await OwnTablesAsync(server, name, "session"));

        // PostgreSQL's own schema and MySQL's both keep the table's name in lower case.
        await using var authority = Assert.Single(new[] { SessionSystemDetection.Create(Assert.Single(await SessionSystemDetection.DetectAsync(database)), database) });
        Assert.Equal((ReceiptStatus.Revoked, 1), (await authority.RevokeAsync([Anna, Bert], RevocationScope.Everything, default)).Select(receipt => (receipt.Status, receipt.Count)).First());
        Assert.Equal(["S1"], (await server.QueryAsync(name, "SELECT sess_id FROM session")).Select(row => row["sess_id"]));
    }

    [SkippableTheory]
    [InlineData("mysql", "")]
    [InlineData("mysql", "pa_")]
    [InlineData("postgresql", "")]
    public async Task PostfixAdmin_app_passwords_end_on_request(string engine, string prefix)
    {
        var server = await servers.GetAsync(engine);
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("postfixadmin", server, prefix));
        var table = prefix + "mailbox_app_password";

        // As PostfixAdmin 3.4 makes it; Debian's is older.
        var id = engine == "mysql" ? "int NOT NULL AUTO_INCREMENT PRIMARY KEY" : "serial PRIMARY KEY";
        await system.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {table} (id {id}, username varchar(255) DEFAULT NULL, description varchar(255) DEFAULT NULL, password_hash varchar(255) DEFAULT NULL)");
        await system.ExecuteAsync($"INSERT INTO {table} (username, description, password_hash) VALUES ('anna@alpha.example', 'phone', 'x'), ('anna@alpha.example', 'tablet', 'x'), ('bert@alpha.example', 'phone', 'x')");
        var grants = (await Grants.ReadAsync("postfixadmin-sessions", engine)).Replace("mailbox_app_password", table, StringComparison.Ordinal);
        var login = await server.CreateMailPassAsync(system.Database, grants);
        using var password = Secret.FromChars(login.Password);
        var location = new StoreLocation(engine == "mysql" ? StoreProvider.MySql : StoreProvider.PostgreSql, Server: "127.0.0.1", Port: server.Port, Database: system.Database, User: login.User);
        await using var authority = Assert.Single(await WebmailSystems.ConnectAsync(["auto"], location, new StoreOpenOptions { Password = password }, new WebmailSettings { TablePrefix = prefix }));
        var named = Assert.Single(await authority.RevokeAsync([Anna], RevocationScope.Everything, default));
        Assert.Equal((ReceiptStatus.NoneFound, "Still valid, since app passwords were not asked for: 2 app passwords."), (named.Status, named.Reason));
        var ended = await authority.RevokeAsync([Anna, MailboxAddress.Parse("cleo@beta.example")], new RevocationScope { IncludeAppPasswords = true }, default);
        Assert.Equal([(ReceiptStatus.Revoked, 2), (ReceiptStatus.NoneFound, 0)], ended.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Equal(["bert@alpha.example"], (await system.QueryAsync($"SELECT username FROM {table}")).Select(row => row["username"]));
    }

    [SkippableFact]
    public async Task PostfixAdmin_without_app_passwords_has_none_on_PostgreSQL()
    {
        // On PostgreSQL a missing table ends the transaction, so MailPass must look for it outside of one.
        var server = await servers.GetAsync("postgresql");
        var name = server.NewDatabaseName("app");
        await server.CreateDatabaseAsync(name);
        await server.ExecuteAsync(name, "CREATE TABLE mailbox (username varchar(255))");
        var database = await OpenAsync(server, name, await OwnTablesAsync(server, name, "mailbox"));
        await using var authority = AppPasswordAuthority.PostfixAdmin(database);
        var scope = new RevocationScope { IncludeAppPasswords = true };
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await authority.RevokeAsync([Anna], scope)).Status);

        await server.ExecuteAsync(name, "CREATE TABLE mailbox_app_password (id serial PRIMARY KEY, username varchar(255), description varchar(255), password_hash varchar(255)); INSERT INTO mailbox_app_password (username) VALUES ('Anna@alpha.example'), ('bert@alpha.example')");
        await OwnTablesAsync(server, name, "mailbox_app_password");
        Assert.Equal((ReceiptStatus.Revoked, 1), (await authority.RevokeAsync([Anna], scope)).Select(receipt => (receipt.Status, receipt.Count)).Single());
        Assert.Equal(["bert@alpha.example"], (await server.QueryAsync(name, "SELECT username FROM mailbox_app_password")).Select(row => row["username"]));
    }

    [SkippableFact]
    public async Task Missing_rights_are_a_receipt_and_nothing_is_half_done()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("groupoffice", server));
        var login = await server.CreateReaderAsync(system.Database);
        await using var authority = new GroupOfficeAuthority(await OpenAsync(server, system.Database, login));
        var before = await system.SnapshotAsync();
        var receipt = Assert.Single(await authority.RevokeAsync([Anna]));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("denied", receipt.Reason);
        Assert.Empty(before.DifferencesTo(await system.SnapshotAsync()));
    }

    private static async Task<SessionDatabase> OpenAsync(MailSystem system, string grants) =>
        await OpenAsync(system.Server, system.Database, await system.Server.CreateMailPassAsync(system.Database, await Grants.ReadAsync(grants + "-sessions", "mysql")));

    internal static async Task<SessionDatabase> OpenAsync(LabDatabaseServer server, string database, LabLogin login)
    {
        using var password = Secret.FromChars(login.Password);
        var provider = server.Engine == "mysql" ? StoreProvider.MySql : StoreProvider.PostgreSql;
        return await SessionDatabase.OpenAsync(
            new StoreLocation(provider, Server: "127.0.0.1", Port: server.Port, Database: database, User: login.User),
            new StoreOpenOptions { Password = password });
    }

    private static readonly Dictionary<string, LabLogin> Owners = [];

    private static async Task<LabLogin> OwnTablesAsync(LabDatabaseServer server, string database, string table)
    {
        if (!Owners.TryGetValue(database, out var owner))
        {
            Owners[database] = owner = await server.CreateOwnerAsync(database);
        }

        await server.ExecuteAsync(database, $"GRANT ALL ON {table} TO {server.Quote(owner.User)}");
        return owner;
    }
}
