using System.Text;
using MailPass.Core.Tests.Sessions;

namespace MailPass.Cli.Tests.Commands;

/// <summary>Webmails and panels from the command line: found, listed, logged out of, and reported if they are missing.</summary>
public sealed class WebmailTests : IDisposable
{
    // The tables as Roundcube, Group-Office and mailcow name them.
    private const string Roundcube = "CREATE TABLE session (sess_id varchar(128) NOT NULL PRIMARY KEY, changed datetime NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL);";
    private const string GroupOffice = """
        CREATE TABLE core_user (id INTEGER PRIMARY KEY, username varchar(190), email varchar(190));
        CREATE TABLE core_auth_remember_me (id INTEGER PRIMARY KEY, userId int, series varchar(190), token varchar(190));
        CREATE TABLE core_auth_token (accessToken varchar(100) PRIMARY KEY, userId int, createdAt datetime, expiresAt datetime NULL);
        INSERT INTO core_user VALUES (1, 'a@example.com', 'a@example.com'), (2, 'b', 'b@example.com');
        INSERT INTO core_auth_remember_me VALUES (1, 1, 's', 't');
        INSERT INTO core_auth_token VALUES ('key1', 1, '', NULL), ('t2', 2, '', '2030-01-01');
        """;
    private const string Mailcow = """
        CREATE TABLE app_passwd (id INTEGER PRIMARY KEY, mailbox varchar(255), active tinyint NOT NULL DEFAULT 1);
        INSERT INTO app_passwd VALUES (1, 'a@example.com', 1), (2, 'b@example.com', 1);
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("roundcube")]
    [InlineData("Roundcube")]
    [InlineData("auto")]
    public async Task Roundcube_sessions_are_listed_and_ended(string name)
    {
        using var tables = RoundcubeWith("a@example.com", "b@example.com");
        var listed = await MailPassRun.Of("sessions", "--webmail", name, "--webmail-store", tables.Location, "--mailbox", "a@example.com");
        Assert.True(listed.ExitCode == 0, listed.ToString());
        Assert.Equal(("a@example.com", "webmail", "192.0.2.9"), (listed.Rows.Single()["Mailbox"], listed.Rows[0]["Service"], listed.Rows[0]["ClientAddress"]));
        string[] webmail = ["--webmail", name, "--webmail-store", tables.Location];
        Assert.Equal("b@example.com", (await MailPassRun.Of((string[])["sessions", .. webmail, "--service", "webmail", "--exclude", "a@*"])).Rows.Single()["Mailbox"]);
        Assert.Empty((await MailPassRun.Of((string[])["sessions", .. webmail, "--service", "imap"])).Rows);

        // Neither another service's nor an excluded mailbox's sessions end.
        await MailPassRun.Of((string[])["revoke", .. webmail, "--mailbox", "b@example.com", "--service", "imap"]);
        Assert.Empty((await MailPassRun.Of((string[])["revoke", .. webmail, "--mailbox", "b@example.com", "--exclude", "b@*"])).Rows);
        Assert.Equal(["2"], tables.Rows("SELECT count(*) FROM session"));

        var revoked = await MailPassRun.Of("revoke", "--webmail", name, "--webmail-store", tables.Location, "--mailbox", "a@example.com", "--mailbox", "c@example.com");
        Assert.True(revoked.ExitCode == 0, revoked.ToString());
        Assert.Equal([("a@example.com", "Revoked", "1"), ("c@example.com", "NoneFound", "0")], revoked.Rows.Select(row => (row["Mailbox"], row["Status"], row["Count"])));
        Assert.Equal(["b@example.com"], tables.Rows("SELECT sess_id FROM session"));
    }

    [Fact]
    public async Task Group_Office_in_the_stores_database_needs_no_other()
    {
        using var tables = new SessionTables(GroupOffice);
        var run = await MailPassRun.Of("revoke", "--store", tables.Location, "--webmail", "group-office", "--mailbox", "a@example.com", "--mailbox", "b@example.com");

        // b's token is believed from a cache that cannot be reached from here, and that is said.
        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.Equal([("Revoked", "1", ""), ("NotPurged", "1", "SessionNotPurged")], run.Rows.Select(row => (row["Status"], row["Count"], row["ErrorId"])));
        Assert.Equal(["key1"], tables.Rows("SELECT accessToken FROM core_auth_token"));
    }

    [Theory]
    [InlineData("reset", "Mailbox\nb@example.com\n")]
    [InlineData("reset", "Mailbox\nnobody@example.com\nb@example.com\n")]
    [InlineData("set", "Mailbox,Password\nb@example.com,New-Secret-22\n")]
    [InlineData("revoke", "Mailbox\nno mailbox\nb@example.com\n")]
    public async Task Session_that_may_live_on_decides_the_exit_code(string command, string csv)
    {
        var store = await _folder.StoreAsync("b@example.com");
        using var tables = new SessionTables(GroupOffice);
        string[] call = command == "revoke" ? [command] : [command, "--store", store, "--scheme", "SSHA512", "--revoke"];
        var run = await MailPassRun.Of([.. call, "--csv", _folder.Write("in.csv", csv), "--webmail", "group-office", "--webmail-store", tables.Location]);
        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.Equal("SessionNotPurged", run.Rows.Single(row => row["Mailbox"] == "b@example.com")["ErrorId"]);
    }

    [Fact]
    public async Task A_reset_logs_the_mailbox_out_of_the_webmail()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        using var tables = RoundcubeWith("a@example.com", "b@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--revoke", "--webmail", "roundcube", "--webmail-store", tables.Location);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("Revoked", run.Rows.Single()["Sessions"], StringComparison.Ordinal);
        Assert.Equal(["b@example.com"], tables.Rows("SELECT sess_id FROM session"));
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", run.Rows[0]["Password"]));
    }

    [Fact]
    public async Task App_passwords_end_only_on_request()
    {
        var store = await _folder.StoreAsync("a@example.com");
        using var tables = new SessionTables(Mailcow);
        string[] call = ["set", "--store", store, "--mailbox", "a@example.com", "--revoke", "--webmail", "mailcow", "--webmail-store", tables.Location];
        Assert.Equal(0, (await MailPassRun.WithInput("New-Secret-22\n", call)).ExitCode);
        Assert.Equal(["1|1", "2|1"], tables.Rows("SELECT id, active FROM app_passwd"));

        Assert.Equal(0, (await MailPassRun.WithInput("New-Secret-33\n", [.. call, "--include-app-passwords"])).ExitCode);
        Assert.Equal(["1|0", "2|1"], tables.Rows("SELECT id, active FROM app_passwd"));
    }

    [Fact]
    public async Task Ways_in_that_stay_open_are_named()
    {
        using var tables = new SessionTables("""
            CREATE TABLE domain (domain varchar(255) PRIMARY KEY, aliases int, mailboxes int, transport varchar(255), active tinyint);
            CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255), name varchar(255), maildir varchar(255), local_part varchar(255), domain varchar(255), modified datetime, active tinyint);
            CREATE TABLE log (timestamp datetime, username varchar(255), domain varchar(255), action varchar(255), data text);
            CREATE TABLE mailbox_app_password (id INTEGER PRIMARY KEY, username varchar(255));
            INSERT INTO domain VALUES ('example.com', 0, 0, '', 1);
            INSERT INTO mailbox VALUES ('a@example.com', '{SSHA512}x', '', '', 'a', 'example.com', '2026-01-01 00:00:00', 1);
            INSERT INTO mailbox_app_password VALUES (1, 'a@example.com');
            """);
        string[] call = ["reset", "--store", tables.Location, "--mailbox", "a@example.com", "--scheme", "SHA512-CRYPT"];
        string[] revoke = ["--revoke", "--webmail", "postfixadmin"];
        Assert.Contains("Application passwords", (await MailPassRun.Of(call)).Error, StringComparison.Ordinal);
        Assert.Contains("Application passwords", (await MailPassRun.Of([.. call, .. revoke])).Error, StringComparison.Ordinal);
        var run = await MailPassRun.Of([.. call, .. revoke, "--include-app-passwords"]);
        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain("does not close", run.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Group_Office_gets_the_new_password_with_its_key_file()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        using var tables = new SessionTables(GroupOffice + $"""

            CREATE TABLE em_accounts (id INTEGER PRIMARY KEY, username varchar(190), password varchar(512), host varchar(100), smtp_username varchar(190), smtp_password varchar(512), smtp_host varchar(100));
            INSERT INTO em_accounts VALUES (1, 'a@example.com', '{GroupOfficeCrypt.SecretByTheLibrary}', 'mail.example.com', '', '', ''), (2, 'a@example.com', 'stays', 'elsewhere.test', '', '', ''), (3, 'b@example.com', 'stays', 'mail.example.com', '', '', '');
            """);
        var key = GroupOfficeCrypt.WriteKeyFile(_folder.Path("key.txt"));
        string[] Office(string more) => ["--profile", _folder.Profile($$"""{ "webmail": [{ "system": "groupoffice", "database": "{{tables.Location}}", "mailServers": ["mail.example.com"], {{more}} }] }""")];
        string[] webmail = Office($"\"keyFile\": \"{key}\"");
        var run = await MailPassRun.Of((string[])["reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--revoke", .. webmail]);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("1 stored password of its e-mail accounts was replaced", run.Rows.Single()["Sessions"], StringComparison.Ordinal);
        var kept = tables.Rows("SELECT password FROM em_accounts ORDER BY id");
        Assert.Equal([run.Rows[0]["Password"]], await GroupOfficeCrypt.OpenAsync(kept[0]));
        Assert.Equal(["stays", "stays"], kept[1..]);

        // On its own, a revocation knows no new password.
        run = await MailPassRun.Of((string[])["revoke", "--mailbox", "a@example.com", .. webmail]);
        Assert.Contains("stale after a change", run.Rows.Single()["Reason"], StringComparison.Ordinal);
        Assert.Equal(kept, tables.Rows("SELECT password FROM em_accounts ORDER BY id"));
        await MailPassRun.Of((string[])["revoke", "--mailbox", "a@example.com", .. Office("\"blankPasswords\": true")]);
        Assert.Equal(["", "stays", "stays"], tables.Rows("SELECT password FROM em_accounts ORDER BY id"));

        File.WriteAllText(key, "no key");
        run = await MailPassRun.Of((string[])["reset", "--store", store, "--mailbox", "a@example.com", "--revoke", .. webmail]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("defuse-crypto.txt", run.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Group_Office_gets_the_old_password_back_by_restore()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        using var tables = new SessionTables(GroupOffice + $"""

            CREATE TABLE em_accounts (id INTEGER PRIMARY KEY, username varchar(190), password varchar(512), host varchar(100), smtp_username varchar(190), smtp_password varchar(512), smtp_host varchar(100));
            INSERT INTO em_accounts VALUES (1, 'a@example.com', '{GroupOfficeCrypt.SecretByTheLibrary}', 'mail.example.com', '', '', '');
            """);
        var key = GroupOfficeCrypt.WriteKeyFile(_folder.Path("key.txt"));
        string[] webmail = ["--profile", _folder.Profile($$"""{ "webmail": [{ "system": "groupoffice", "database": "{{tables.Location}}", "keyFile": "{{key}}" }] }""")];
        string[] restore = ["restore", "--store", store, "--journal", _folder.Path("run.journal")];
        var run = await MailPassRun.Of((string[])["reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512", "--journal", _folder.Path("run.journal"), "--revoke", .. webmail]);

        // b's token is accepted from a cache that is not emptied here: the change stays, and its row says so.
        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.Equal([("Changed", ""), ("Changed", "SessionNotPurged")], run.Rows.Select(row => (row["Status"], row["ErrorId"])));

        run = await MailPassRun.Of(restore);
        Assert.Equal(3, run.ExitCode);
        Assert.Equal([("Changed", "SessionAuthorityUnreachable"), ("Changed", "")], run.Rows.Select(row => (row["Status"], row["ErrorId"])));
        Assert.Contains("a@example.com", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 changed while a webmail keeps another password", run.Error, StringComparison.Ordinal);

        run = await MailPassRun.Of([.. restore, .. webmail]);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal([("Changed", ""), ("Skipped", "")], run.Rows.Select(row => (row["Status"], row["ErrorId"])));
        Assert.Contains("1 stored password of its e-mail accounts was put back.", run.Rows[0]["Message"], StringComparison.Ordinal);
        Assert.Equal([GroupOfficeCrypt.SecretByTheLibrary], tables.Rows("SELECT password FROM em_accounts"));
        Assert.All(await StoreProbe.HashesAsync(store), pair => Assert.Equal(TempFolder.OldHash, pair.Value));
    }

    [Fact]
    public async Task Group_Office_devices_are_denied_and_cache_files_removed()
    {
        using var tables = new SessionTables(GroupOffice + """

            CREATE TABLE core_client (id INTEGER PRIMARY KEY, deviceId varchar(80), status text, needResync tinyint, userId int);
            INSERT INTO core_client VALUES (1, 'phone', 'allowed', 0, 2), (2, '-', 'allowed', 0, 2);
            """);
        var entry = Path.Combine(Directory.CreateDirectory(_folder.Path("data/cache/disk")).FullName, "token-t2");
        File.WriteAllText(entry, "x");
        var run = await MailPassRun.Of("revoke", "--mailbox", "b@example.com", "--profile", _folder.Profile($$"""{ "webmail": [{ "system": "groupoffice", "database": "{{tables.Location}}", "dataFolder": "{{_folder.Path("data")}}", "denyDevices": true }] }"""));
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(("Revoked", "2"), (run.Rows.Single()["Status"], run.Rows[0]["Count"]));
        Assert.False(File.Exists(entry));
        Assert.Equal(["1|denied", "2|allowed"], tables.Rows("SELECT id, status FROM core_client ORDER BY id"));
    }

    [Theory]
    [InlineData("exit 0", 0, "Revoked", "")]
    [InlineData("exit 4", 3, "NotPurged", "SessionNotPurged")]
    public async Task Program_after_revoke_decides_the_receipt(string script, int exitCode, string status, string errorId)
    {
        using var tables = new SessionTables(GroupOffice);
        var run = await MailPassRun.Of("revoke", "--mailbox", "b@example.com", "--profile", _folder.Profile($$"""{ "webmail": [{ "system": "groupoffice", "database": "{{tables.Location}}", "afterRevoke": ["/bin/sh", "-c", "{{script}}"] }] }"""));
        Assert.True(run.ExitCode == exitCode, run.ToString());
        Assert.Equal((status, errorId), (run.Rows.Single()["Status"], run.Rows[0]["ErrorId"]));
    }

    [Fact]
    public async Task Group_office_is_called_at_its_address()
    {
        using var tables = new SessionTables(GroupOffice);
        string[] At(string url) => ["revoke", "--mailbox", "b@example.com", "--profile", _folder.Profile($$"""{ "webmail": [{ "system": "groupoffice", "database": "{{tables.Location}}", "url": "{{url}}" }] }""")];
        var run = await MailPassRun.Of(At("http://127.0.0.1:1/go"));
        Assert.Equal((3, "NotPurged"), (run.ExitCode, run.Rows.Single()["Status"]));
        Assert.Contains("could not be asked to forget them", run.Rows[0]["Reason"], StringComparison.Ordinal);
        Assert.Equal(2, (await MailPassRun.Of(At("nowhere"))).ExitCode);
        Assert.Equal(2, (await MailPassRun.Of(At("http://go.example.org"))).ExitCode);
    }

    [Fact]
    public async Task Roundcube_with_a_table_prefix_and_short_user_names()
    {
        using var tables = RoundcubeWith("a");
        tables.Execute("ALTER TABLE session RENAME TO rc_session");
        string[] call = ["--profile", _folder.Profile($$"""{ "webmail": [{ "system": "auto", "database": "{{tables.Location}}", "tablePrefix": "rc_", "domain": "example.com" }] }""")];
        Assert.Equal("a@example.com", (await MailPassRun.Of((string[])["sessions", .. call])).Rows.Single()["Mailbox"]);
        Assert.Equal("Revoked", (await MailPassRun.Of((string[])["revoke", "--mailbox", "a@example.com", .. call])).Rows.Single()["Status"]);
        Assert.Empty(tables.Rows("SELECT * FROM rc_session"));
    }

    [Fact]
    public async Task Sogos_sessions_end_for_everybody_only_on_request()
    {
        using var tables = new SessionTables("CREATE TABLE sogo_sessions_folder (c_id varchar(255) PRIMARY KEY, c_value varchar(4096)); INSERT INTO sogo_sessions_folder VALUES ('1', 'x')");
        string[] call = ["revoke", "--mailbox", "a@example.com", "--webmail", "sogo", "--webmail-store", tables.Location];
        Assert.Contains("has to be asked for", (await MailPassRun.Of(call)).Rows.Single()["Reason"], StringComparison.Ordinal);
        Assert.Single(tables.Rows("SELECT * FROM sogo_sessions_folder"));
        Assert.Contains("memcached", (await MailPassRun.Of((string[])["revoke", "--mailbox", "a@example.com", "--profile", _folder.Profile($$"""{ "webmail": [{ "system": "sogo", "database": "{{tables.Location}}", "everybody": true }] }""")])).Rows.Single()["Reason"], StringComparison.Ordinal);
        Assert.Empty(tables.Rows("SELECT * FROM sogo_sessions_folder"));
    }

    [Theory]
    [InlineData("squirrelmail", "is not a webmail")]
    [InlineData("1", "is not a webmail")]
    [InlineData("groupoffice", "no tables of GroupOffice")]
    public async Task Missing_webmail_is_reported_before_any_change(string name, string message)
    {
        var store = await _folder.StoreAsync("a@example.com");
        using var tables = RoundcubeWith("a@example.com");
        var run = await MailPassRun.WithInput("New-Secret-22\n", "set", "--store", store, "--mailbox", "a@example.com", "--revoke", "--webmail", name, "--webmail-store", tables.Location);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
    }

    [Theory]
    [InlineData("--webmail needs", "sessions", "--webmail", "roundcube")]
    [InlineData("--webmail-store needs", "sessions", "--webmail-store", "x.db")]
    [InlineData("--include-app-passwords needs", "revoke", "--mailbox", "a@example.com", "--doveadm-local", "--include-app-passwords")]
    [InlineData("name the session systems", "revoke", "--mailbox", "a@example.com")]
    [InlineData("go together", "revoke", "--mailbox", "a@example.com", "--doveadm-local", "--store", "x.db")]
    [InlineData("go together", "reset", "--store", "x.db", "--mailbox", "a@example.com", "--webmail", "roundcube")]
    public async Task Incomplete_options_are_refused(string message, params string[] call)
    {
        var run = await MailPassRun.Of(call);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task App_passwords_of_a_webmail_that_has_none_are_refused()
    {
        using var tables = RoundcubeWith("a@example.com");
        var run = await MailPassRun.Of("revoke", "--webmail", "roundcube", "--webmail-store", tables.Location, "--mailbox", "a@example.com", "--include-app-passwords");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["a@example.com"], tables.Rows("SELECT sess_id FROM session"));
    }

    private static SessionTables RoundcubeWith(params string[] mailboxes)
    {
        var tables = new SessionTables(Roundcube);
        foreach (var mailbox in mailboxes)
        {
            // What Roundcube 1.6 writes: PHP's own session format, in Base64.
            var session = $"temp|b:0;user_id|s:2:\"17\";username|s:{mailbox.Length}:\"{mailbox}\";password|s:8:\"U2VjcmV0\";login_time|i:1700000000;storage|a:1:{{s:4:\"host\";s:9:\"localhost\";}}";
            tables.Execute(
                "INSERT INTO session VALUES ($key, '2026-01-01 00:00:00', '192.0.2.9', $vars)",
                ("$key", mailbox),
                ("$vars", Convert.ToBase64String(Encoding.UTF8.GetBytes(session))));
        }

        return tables;
    }
}
