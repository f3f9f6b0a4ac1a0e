using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Sessions;
using MailPass.Sessions.Roundcube;
using MailPass.Sessions.Sql;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Roundcube's session rows: found by their content, and no other row touched.</summary>
public sealed class RoundcubeAuthorityTests
{
    // The tables of 1.6 (changed) and of 1.7 (expires_at), in our own words.
    private const string Table16 = "CREATE TABLE \"session\" (sess_id varchar(128) NOT NULL PRIMARY KEY, changed datetime NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL);";
    private const string Table17 = "CREATE TABLE \"rc_session\" (sess_id varchar(128) NOT NULL PRIMARY KEY, expires_at datetime NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL);";

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData("session", "changed", Table16, "")]
    [InlineData("rc_session", "expires_at", Table17, "rc_")]
    public async Task Sessions_are_matched_exactly_and_deleted(string table, string time, string script, string prefix)
    {
        using var tables = new SessionTables(script);
        Add(tables, table, time, "s1", User("a@x.test"));
        Add(tables, table, time, "s2", User("A@X.TEST"));
        Add(tables, table, time, "s3", User("aa@x.test"));
        Add(tables, table, time, "s4", User("b@x.test"));
        Add(tables, table, time, "s5", "temp|b:1;language|s:5:\"en_US\";");

        // Mail of b that quotes a's session: quoted text is not an entry.
        Add(tables, table, time, "s6", "subject|s:27:\"x\";username|s:8:\"a@x.test\";\";" + User("b@x.test"));
        await using var authority = new RoundcubeAuthority(tables.Database, new RoundcubeOptions { TablePrefix = prefix, WatchTime = Short });

        Assert.Equal(5, (await SessionTables.ListAsync(authority)).Count);
        var listed = await SessionTables.ListAsync(authority, "a@x.test");
        Assert.Equal(2, listed.Count);
        Assert.All(listed, session => Assert.Equal(("Roundcube " + tables.Location, "webmail", "192.0.2.9", DateTimeOffset.FromUnixTimeSeconds(1700000000), null), (session.System, session.Service, session.ClientAddress, session.Since, session.Id)));

        var receipts = await SessionTables.RevokeAsync(authority, "a@x.test", "nobody@x.test");
        Assert.Equal([(ReceiptStatus.Revoked, 2, "Watched for 0.1 s: a request that takes longer can still write its session back."), (ReceiptStatus.NoneFound, 0, null)], receipts.Select(receipt => (receipt.Status, receipt.Count, receipt.Reason)));
        Assert.Equal(["s3", "s4", "s5", "s6"], tables.Rows($"SELECT sess_id FROM {table} ORDER BY 1"));
    }

    [Fact]
    public async Task Thousands_of_rows_go_in_one_run()
    {
        using var tables = new SessionTables(Table16);
        var vars = Convert.ToBase64String(Encoding.UTF8.GetBytes(User("a@x.test")));
        tables.Execute($"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2345) INSERT INTO session SELECT 's' || i, '', '', '{vars}' FROM n");
        await using var authority = new RoundcubeAuthority(tables.Database, new RoundcubeOptions { WatchTime = Short });
        Assert.Equal(2345, Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test")).Count);
        Assert.Empty(tables.Rows("SELECT * FROM session"));
    }

    [Fact]
    public async Task Row_written_back_is_deleted_again()
    {
        // Written back twice, as requests of one browser would that end one after the other.
        using var tables = new SessionTables(Table16 + """
            CREATE TABLE back (n);
            CREATE TRIGGER again AFTER DELETE ON session WHEN (SELECT count(*) FROM back) < 2 BEGIN INSERT INTO back VALUES (1); INSERT INTO session VALUES (old.sess_id, old.changed, old.ip, old.vars); END
            """);
        Add(tables, "session", "changed", "s1", User("a@x.test"));
        await using var authority = new RoundcubeAuthority(tables.Database, new RoundcubeOptions { WatchTime = Short });
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test"));
        Assert.Equal((ReceiptStatus.Revoked, 1), (receipt.Status, receipt.Count));
        Assert.Empty(tables.Rows("SELECT * FROM session"));
    }

    [Fact]
    public async Task Row_that_always_comes_back_is_not_purged()
    {
        using var tables = new SessionTables(Table16 + "CREATE TRIGGER again AFTER DELETE ON session BEGIN INSERT INTO session VALUES (old.sess_id, old.changed, old.ip, old.vars); END");
        Add(tables, "session", "changed", "s1", User("a@x.test"));
        await using var authority = new RoundcubeAuthority(tables.Database, new RoundcubeOptions { WatchTime = Short });
        var receipts = await SessionTables.RevokeAsync(authority, "a@x.test", "b@x.test");
        Assert.Equal([(ReceiptStatus.NotPurged, 1), (ReceiptStatus.NoneFound, 0)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
    }

    [Fact]
    public async Task A_user_without_a_domain_belongs_to_the_default_one()
    {
        using var tables = new SessionTables(Table16);
        Add(tables, "session", "changed", "s1", User("anna"));
        await using var authority = new RoundcubeAuthority(tables.Database, new RoundcubeOptions { DefaultDomain = "x.test", WatchTime = Short });
        Assert.Equal(ReceiptStatus.Revoked, Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test")).Status);
    }

    [Theory]
    [InlineData("not base64!")]
    [InlineData("bm90IGEgc2Vzc2lvbg==")]
    public async Task A_row_that_cannot_be_read_is_not_passed_over(string vars)
    {
        using var tables = new SessionTables(Table16);
        tables.Execute("INSERT INTO session VALUES ('s1', '', '', $vars)", ("$vars", vars));
        await using var authority = new RoundcubeAuthority(tables.Database);
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test"));
        Assert.Equal(ReceiptStatus.NotPurged, receipt.Status);
        Assert.Contains("1 rows of the session table cannot be read", receipt.Reason);
        Assert.Single(tables.Rows("SELECT * FROM session"));
    }

    [Fact]
    public async Task An_empty_table_may_mean_that_sessions_are_elsewhere()
    {
        using var tables = new SessionTables(Table16);
        await using var authority = new RoundcubeAuthority(tables.Database);
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test"));
        Assert.Equal(ReceiptStatus.NoneFound, receipt.Status);
        Assert.Contains("session_storage", receipt.Reason);
    }

    [Fact]
    public async Task Another_service_leaves_the_webmail_alone()
    {
        using var tables = new SessionTables(Table16);
        Add(tables, "session", "changed", "s1", User("a@x.test"));
        await using var authority = new RoundcubeAuthority(tables.Database);
        var receipt = Assert.Single(await authority.RevokeAsync([MailPass.Mailboxes.MailboxAddress.Parse("a@x.test")], new RevocationScope { Services = ["imap"] }));
        Assert.Equal(ReceiptStatus.NoneFound, receipt.Status);
        Assert.Single(tables.Rows("SELECT * FROM session"));
    }

    [Fact]
    public async Task A_database_that_is_not_there_or_not_roundcubes_is_a_receipt()
    {
        using var tables = new SessionTables("CREATE TABLE other (a)");
        await using var authority = new RoundcubeAuthority(tables.Database);
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test"));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("no such table", receipt.Reason);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => SessionTables.ListAsync(authority));
        Assert.Equal(ErrorIds.SessionAuthorityUnreachable, fault.ErrorId);

        await using var hostile = new RoundcubeAuthority(tables.Database, new RoundcubeOptions { TablePrefix = "x\"; DROP TABLE other; --" });
        Assert.Contains("not the name of a table", Assert.Single(await SessionTables.RevokeAsync(hostile, "a@x.test")).Reason);
        Assert.Empty(tables.Rows("SELECT * FROM other"));
    }

    [SkippableFact]
    public void Text_written_by_php_is_read()
    {
        Skip.IfNot(File.Exists("/usr/bin/php"), "PHP is not installed (Debian: php-cli).");
        const string Script = """
            class P { public $a = 1; protected $b = "x|y"; private $c = null; }
            final class C implements Serializable { function serialize() { return "{;\"}"; } function unserialize($d) {} function __serialize(): array { return ["q" => [1.5e300, -0.0, INF, true]]; } function __unserialize(array $a): void {} }
            enum E: string { case A = "a"; }
            ini_set("session.use_cookies", "0"); ini_set("session.save_path", sys_get_temp_dir()); ini_set("session.serialize_handler", "php");
            session_start();
            $_SESSION["temp"] = true; $_SESSION["n"] = null; $_SESSION["f"] = 1.25; $_SESSION["o"] = new P; $_SESSION["c"] = new C; $_SESSION["e"] = E::A;
            $_SESSION["list"] = ["k" => ["username" => "wrong@x.test", 3 => "😀\";username|s:1:\"w\";"]];
            $r = [1]; $_SESSION["r1"] = &$r; $_SESSION["r2"] = &$r;
            $_SESSION["login_time"] = 1700000001;
            $_SESSION["username"] = "größe@x.test";
            $_SESSION["after"] = "";
            echo session_encode(); session_destroy();
            """;
        var start = new ProcessStartInfo("/usr/bin/php") { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        start.ArgumentList.Add("-r");
        start.ArgumentList.Add(Script);
        using var php = Process.Start(start)!;
        var encoded = Encoding.UTF8.GetBytes(php.StandardOutput.ReadToEnd());
        php.WaitForExit();
        Assert.Equal(0, php.ExitCode);
        Assert.True(PhpSession.TryRead(encoded, out var values), Encoding.UTF8.GetString(encoded));
        Assert.Equal(("größe@x.test", "1700000001", ""), (values["username"], values["login_time"], values["after"]));

        // Cut anywhere, it is not a session, or one without the missing part, and never somebody else's.
        for (var length = 0; length < encoded.Length; length++)
        {
            if (PhpSession.TryRead(encoded.AsSpan(0, length), out var part))
            {
                Assert.True(!part.TryGetValue("username", out var user) || user == "größe@x.test");
            }
        }
    }

    [Fact]
    public void Bytes_changed_anywhere_never_bring_the_reader_down() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(PositiveInt At, byte With)>(),
            change =>
            {
                var bytes = Encoding.UTF8.GetBytes("a|a:2:{i:0;s:3:\"x\"y\";s:1:\"k\";O:1:\"P\":1:{s:1:\"q\";d:1.5;}}!gone|c|C:1:\"C\":3:{abc}n|N;" + User("a@x.test"));
                Assert.True(PhpSession.TryRead(bytes, out _));
                bytes[change.At.Get % bytes.Length] = change.With;
                _ = PhpSession.TryRead(bytes, out _);
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("username|s:99999999999:\"a@x.test\";")]
    [InlineData("username|s:-1:\"a@x.test\";")]
    [InlineData("username|s:9:\"a@x.test\";")]
    [InlineData("username|s:7:\"a@x.test\";")]
    [InlineData("username|s:8:\"a@x.test\"")]
    [InlineData("username|a:2147483647:{")]
    [InlineData("username")]
    [InlineData("x|q:1;")]
    public void Lengths_that_lie_are_not_believed(string session) => Assert.False(PhpSession.TryRead(Encoding.UTF8.GetBytes(session), out _));

    [Fact]
    public void Depth_is_bounded() =>
        Assert.False(PhpSession.TryRead(Encoding.ASCII.GetBytes("x|" + string.Concat(Enumerable.Repeat("a:1:{i:0;", 100_000))), out _));

    private static string User(string name) =>
        $"temp|b:0;user_id|s:2:\"17\";username|s:{Encoding.UTF8.GetByteCount(name)}:\"{name}\";password|s:8:\"U2VjcmV0\";login_time|i:1700000000;storage|a:1:{{s:4:\"host\";s:9:\"localhost\";}}";

    private static void Add(SessionTables tables, string table, string time, string key, string session) => tables.Execute(
        $"INSERT INTO {table} (sess_id, {time}, ip, vars) VALUES ($key, '2026-01-01 00:00:00', '192.0.2.9', $vars)",
        ("$key", key),
        ("$vars", Convert.ToBase64String(Encoding.UTF8.GetBytes(session))));
}
