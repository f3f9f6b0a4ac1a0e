using MailPass.Core.Tests.Stores;
using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Sessions.GroupOffice;
using MailPass.Sessions.Setup;
using MailPass.Sessions.Sql;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Group-Office, SOGo, mailcow and PostfixAdmin: the right rows, and only those; and what cannot be reached is said.</summary>
public sealed class PanelAuthorityTests
{
    internal const string GroupOffice = """
        CREATE TABLE core_user (id INTEGER PRIMARY KEY, username varchar(190), email varchar(190));
        CREATE TABLE core_auth_remember_me (id INTEGER PRIMARY KEY, userId int, series varchar(190), token varchar(190));
        CREATE TABLE core_auth_token (accessToken varchar(100) PRIMARY KEY, userId int, createdAt datetime, expiresAt datetime NULL);
        CREATE TABLE core_client (id INTEGER PRIMARY KEY, deviceId varchar(80) NOT NULL, status text NOT NULL DEFAULT 'new', needResync tinyint DEFAULT 0, userId int NOT NULL);
        CREATE TABLE apikeys_key (id INTEGER PRIMARY KEY, accessToken varchar(100) REFERENCES core_auth_token (accessToken) ON DELETE RESTRICT);
        CREATE TABLE em_accounts (id INTEGER PRIMARY KEY, user_id int, username varchar(190), password varchar(512), smtp_username varchar(190), smtp_password varchar(512) NOT NULL DEFAULT '');
        CREATE TABLE community_maildomains_mailbox (id INTEGER PRIMARY KEY, username varchar(190), domainOwner tinyint);
        INSERT INTO core_user VALUES (1, 'Anna@x.test', 'other@x.test'), (2, 'bert', 'bert@x.test'), (3, 'carl@x.test', 'carl@x.test'), (4, 'annab@x.test', '');
        INSERT INTO core_auth_remember_me VALUES (1, 1, 's', 't'), (2, 3, 's', 't');
        INSERT INTO core_auth_token VALUES ('t1a', 1, '', '2030-01-01'), ('t1b', 1, '', '2030-01-01'), ('key1', 1, '', NULL), ('t2', 2, '', '2030-01-01'), ('t3', 3, '', '2030-01-01'), ('t4', 4, '', '2030-01-01');
        INSERT INTO apikeys_key VALUES (1, 'key1');
        INSERT INTO em_accounts VALUES (1, 1, 'anna@x.test', '{GOCRYPT2}abc', 'ANNA@x.test', '{GOCRYPT2}def'), (2, 3, 'anna@x.test', '{GOCRYPT2}ghi', '', ''), (3, 3, 'carl@x.test', '{GOCRYPT2}jkl', NULL, ''), (4, 2, 'bert@x.test', '', NULL, '');
        INSERT INTO community_maildomains_mailbox VALUES (1, 'owner@x.test', 1), (2, 'anna@x.test', 0);
        """;

    [Fact]
    public async Task Group_office_tokens_end_and_api_keys_stay()
    {
        using var tables = new SessionTables(GroupOffice);
        await using var authority = new GroupOfficeAuthority(tables.Database);
        Assert.Equal(["anna@x.test", "anna@x.test"], (await SessionTables.ListAsync(authority, "anna@x.test")).Select(session => session.Mailbox.Key));

        var receipts = await SessionTables.RevokeAsync(authority, "anna@x.test", "bert@x.test", "nobody@x.test");
        Assert.Equal([(ReceiptStatus.NotPurged, 3), (ReceiptStatus.NotPurged, 1), (ReceiptStatus.NoneFound, 0)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Contains("believes them from its cache", receipts[0].Reason);
        Assert.Contains("3 stored passwords", receipts[0].Reason);
        Assert.Contains("stale", receipts[0].Reason);
        Assert.DoesNotContain("stored", receipts[1].Reason);
        Assert.Equal(["key1", "t3", "t4"], tables.Rows("SELECT accessToken FROM core_auth_token ORDER BY 1"));
        Assert.Equal(["2"], tables.Rows("SELECT id FROM core_auth_remember_me"));
        Assert.Equal(["1"], tables.Rows("SELECT id FROM apikeys_key"));
        Assert.Equal(3, tables.Rows("SELECT 1 FROM em_accounts WHERE password <> ''").Count);
    }

    [Fact]
    public async Task Group_office_sessions_tell_where_from_and_since_when()
    {
        using var tables = new SessionTables(GroupOffice);
        tables.Execute("""
            DELETE FROM apikeys_key; DELETE FROM core_auth_token; ALTER TABLE core_auth_token ADD COLUMN clientId int; ALTER TABLE core_client ADD COLUMN ip text;
            INSERT INTO core_client (id, deviceId, userId, ip) VALUES (1, '-', 1, '192.0.2.7');
            INSERT INTO core_auth_token VALUES ('t1a', 1, '2026-01-02 03:04:05', '2030-01-01', 1), ('t1b', 1, '2026-01-02 03:04:06', '2030-01-01', NULL)
            """);
        await using var authority = new GroupOfficeAuthority(tables.Database);
        var sessions = await SessionTables.ListAsync(authority, "anna@x.test");
        Assert.Equal(
            [("192.0.2.7", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), (null, new(2026, 1, 2, 3, 4, 6, TimeSpan.Zero))],
            sessions.OrderBy(session => session.Since).Select(session => (session.ClientAddress, session.Since!.Value)));
    }

    [Fact]
    public async Task Group_office_stored_passwords_are_blanked_on_request()
    {
        using var tables = new SessionTables(GroupOffice);
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { BlankStoredPassword = true });
        Assert.Contains("3 stored passwords of its e-mail accounts were blanked", Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test")).Reason);
        Assert.Equal(["1||", "2||", "3|{GOCRYPT2}jkl|", "4||"], tables.Rows("SELECT id, password, smtp_password FROM em_accounts ORDER BY id"));
    }

    [Fact]
    public async Task Group_Office_cache_files_in_reach_are_removed()
    {
        using var tables = new SessionTables(GroupOffice);
        tables.Execute("INSERT INTO core_auth_token VALUES ('../../evil', 3, '', '2030-01-01')");
        using var folder = new TemporaryFolder();
        var cache = Directory.CreateDirectory(folder["cache/disk"]).FullName;
        foreach (var token in new[] { "t1a", "t1b", "t2", "key1" })
        {
            File.WriteAllText(Path.Combine(cache, "token-" + token), "x");
        }

        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { DiskCacheFolder = folder.Root });
        var receipts = await SessionTables.RevokeAsync(authority, "anna@x.test", "carl@x.test");
        Assert.Equal(ReceiptStatus.Revoked, receipts[0].Status);
        Assert.Equal(["token-key1", "token-t2"], Directory.GetFiles(cache).Select(Path.GetFileName).Order());

        // An invalid token removes nothing and is reported; so is one without an entry, which may be in memory.
        Assert.Equal(ReceiptStatus.NotPurged, receipts[1].Status);
        Assert.Contains("APCu", receipts[1].Reason);
    }

    [Fact]
    public async Task Group_office_names_its_domain_owners()
    {
        using var tables = new SessionTables(GroupOffice);
        Assert.Equal(["owner@x.test"], (await GroupOfficeAuthority.ReadDomainOwnersAsync(tables.Database)).Select(owner => owner.Value));
        tables.Execute("DROP TABLE community_maildomains_mailbox");
        Assert.Empty(await GroupOfficeAuthority.ReadDomainOwnersAsync(tables.Database));
    }

    [Fact]
    public async Task Group_office_without_its_mail_module_is_fine()
    {
        using var tables = new SessionTables(GroupOffice);
        tables.Execute("DROP TABLE em_accounts");
        await using var authority = new GroupOfficeAuthority(tables.Database);
        Assert.Equal(1, Assert.Single(await SessionTables.RevokeAsync(authority, "bert@x.test")).Count);
    }

    [Fact]
    public async Task A_fault_in_the_middle_leaves_everything_as_it_was()
    {
        using var tables = new SessionTables(GroupOffice);
        tables.Execute("CREATE TRIGGER broken BEFORE DELETE ON core_auth_token BEGIN SELECT RAISE(FAIL, 'disk full'); END");
        await using var authority = new GroupOfficeAuthority(tables.Database);
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test"));
        Assert.Equal((ReceiptStatus.Unreachable, 0), (receipt.Status, receipt.Count));
        Assert.Contains("disk full", receipt.Reason);
        Assert.Equal(2, tables.Rows("SELECT * FROM core_auth_remember_me").Count);
        Assert.Equal(6, tables.Rows("SELECT * FROM core_auth_token").Count);
    }

    private const string Mailcow = """
        CREATE TABLE app_passwd (id INTEGER PRIMARY KEY, name varchar(255), mailbox varchar(255), domain varchar(255), password varchar(255), active tinyint NOT NULL DEFAULT 1, created datetime);
        CREATE TABLE oauth_access_tokens (access_token varchar(40) PRIMARY KEY, client_id varchar(80), user_id varchar(80), expires timestamp, scope varchar(4000));
        CREATE TABLE oauth_refresh_tokens (refresh_token varchar(40) PRIMARY KEY, client_id varchar(80), user_id varchar(80), expires timestamp, scope varchar(4000));
        INSERT INTO app_passwd (id, mailbox, active) VALUES (1, 'a@x.test', 1), (2, 'A@x.test', 1), (3, 'a@x.test', 0), (4, 'b@x.test', 1);
        INSERT INTO oauth_access_tokens (access_token, user_id) VALUES ('at1', 'a@x.test'), ('at2', 'b@x.test');
        INSERT INTO oauth_refresh_tokens (refresh_token, user_id) VALUES ('rt1', 'a@x.test');
        """;

    [Fact]
    public async Task Mailcow_app_passwords_are_named_and_end_only_on_request()
    {
        using var tables = new SessionTables(Mailcow);
        await using var authority = AppPasswordAuthority.Mailcow(tables.Database);
        Assert.True(authority.EndsCredentials);
        var named = Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test"));
        Assert.Equal((ReceiptStatus.NoneFound, "Still valid, since app passwords were not asked for: 2 OAuth tokens, 2 app passwords."), (named.Status, named.Reason));
        Assert.Equal(3, tables.Rows("SELECT 1 FROM app_passwd WHERE active = 1").Count);

        var receipts = await authority.RevokeAsync([MailboxAddress.Parse("a@x.test"), MailboxAddress.Parse("c@x.test")], new RevocationScope { IncludeAppPasswords = true });
        Assert.Equal([(ReceiptStatus.Revoked, 4), (ReceiptStatus.NoneFound, 0)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Equal(["1|0", "2|0", "3|0", "4|1"], tables.Rows("SELECT id, active FROM app_passwd ORDER BY id"));
        Assert.Equal(["at2"], tables.Rows("SELECT access_token FROM oauth_access_tokens"));
        Assert.Empty(tables.Rows("SELECT * FROM oauth_refresh_tokens"));
    }

    [Fact]
    public async Task Postfixadmin_app_passwords_end_on_request_with_any_prefix()
    {
        using var tables = new SessionTables("CREATE TABLE pa_mailbox_app_password (id INTEGER PRIMARY KEY, username varchar(255), description varchar(255), password_hash varchar(255)); INSERT INTO pa_mailbox_app_password (id, username) VALUES (1, 'a@x.test'), (2, 'b@x.test')");
        await using var authority = AppPasswordAuthority.PostfixAdmin(tables.Database, "pa_");
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")], new RevocationScope { IncludeAppPasswords = true }));
        Assert.Equal((ReceiptStatus.Revoked, 1), (receipt.Status, receipt.Count));
        Assert.Equal(["2"], tables.Rows("SELECT id FROM pa_mailbox_app_password"));
    }

    [Fact]
    public async Task An_installation_without_app_passwords_has_none()
    {
        using var tables = new SessionTables("CREATE TABLE mailbox (username)");
        await using var authority = AppPasswordAuthority.PostfixAdmin(tables.Database);
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")], new RevocationScope { IncludeAppPasswords = true })).Status);
    }

    [Fact]
    public async Task Sogo_is_all_or_nothing_and_says_so()
    {
        using var tables = new SessionTables("CREATE TABLE sogo_sessions_folder (c_id varchar(255) PRIMARY KEY, c_value varchar(4096), c_creationdate int, c_lastseen int); INSERT INTO sogo_sessions_folder VALUES ('1', 'x', 1, 1), ('2', 'y', 1, 1)");
        await using var careful = new SogoAuthority(tables.Database);
        var receipt = Assert.Single(await SessionTables.RevokeAsync(careful, "a@x.test"));
        Assert.Equal(ReceiptStatus.NotPurged, receipt.Status);
        Assert.Contains("2 sessions cannot be told apart", receipt.Reason);
        Assert.Equal(2, tables.Rows("SELECT * FROM sogo_sessions_folder").Count);

        await using var everybody = new SogoAuthority(tables.Database, everybody: true);
        receipt = Assert.Single(await SessionTables.RevokeAsync(everybody, "a@x.test"));
        Assert.Equal(ReceiptStatus.NotPurged, receipt.Status);
        Assert.Contains("memcached", receipt.Reason);
        Assert.Empty(tables.Rows("SELECT * FROM sogo_sessions_folder"));
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await SessionTables.RevokeAsync(everybody, "a@x.test")).Status);
    }

    [Fact]
    public async Task Systems_are_found_by_their_tables()
    {
        using var tables = new SessionTables(GroupOffice + Mailcow + "CREATE TABLE session (id, data)");
        Assert.Equal([SessionSystemKind.GroupOffice, SessionSystemKind.Mailcow], await SessionSystemDetection.DetectAsync(tables.Database));
        tables.Execute("DROP TABLE session; CREATE TABLE session (sess_id, changed, ip, vars)");
        Assert.Contains(SessionSystemKind.Roundcube, await SessionSystemDetection.DetectAsync(tables.Database));
        foreach (var kind in Enum.GetValues<SessionSystemKind>())
        {
            await using var authority = SessionSystemDetection.Create(kind, tables.Database);
            Assert.EndsWith(" " + tables.Location, authority.Name);
        }
    }

    [Fact]
    public async Task Credentials_are_taken_before_sessions_end()
    {
        // The other way round, a client with an app password would be back before it is disabled.
        var order = new List<string>();
        ISessionAuthority[] systems = [new Recorder("sessions", false, order), new Recorder("credentials", true, order)];
        var result = Assert.Single(await SessionSystems.RevokeAsync(systems, [MailboxAddress.Parse("a@x.test")], RevocationScope.Everything));
        Assert.Equal(["credentials", "sessions"], order);
        Assert.Equal(["sessions", "credentials"], result.Receipts.Select(receipt => receipt.System));
        Assert.True(result.Complete);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_a_receipt()
    {
        using var tables = new SessionTables(GroupOffice);
        await using var authority = new GroupOfficeAuthority(tables.Database);
        File.WriteAllText(tables.Location, new string('x', 4096));
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test"));
        Assert.Equal((ReceiptStatus.Unreachable, ErrorIds.SessionAuthorityUnreachable), (receipt.Status, receipt.ErrorId));
    }

    [Fact]
    public async Task A_database_is_closed_with_its_last_user()
    {
        using var tables = new SessionTables(GroupOffice);
        var database = tables.Database;
        var first = new GroupOfficeAuthority(database);
        var second = new SogoAuthority(database);
        await database.DisposeAsync();
        await database.DisposeAsync();
        await second.DisposeAsync();
        await second.DisposeAsync();
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await SessionTables.RevokeAsync(first, "nobody@x.test")).Status);
        await first.DisposeAsync();
    }

    private sealed class Recorder(string name, bool endsCredentials, List<string> order) : ISessionAuthority
    {
        public string Name => name;

        public bool EndsCredentials => endsCredentials;

        public IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken)
        {
            await Task.Yield();
            order.Add(name);
            return [.. mailboxes.Select(mailbox => new RevocationReceipt(mailbox, name, ReceiptStatus.NoneFound))];
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
