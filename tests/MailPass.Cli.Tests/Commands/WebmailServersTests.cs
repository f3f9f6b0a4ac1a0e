using System.Globalization;
using System.Text;
using MailPass.Core.Tests.Sessions;
using MailPass.Lab.Databases;
using MailPass.Lab.Processes;

namespace MailPass.Cli.Tests.Commands;

/// <summary>A webmail on another server than the store's, and of another kind, each with its own login.</summary>
public sealed class WebmailServersTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task MySQL_store_with_webmail_on_PostgreSQL_or_SQLite()
    {
        await using var mysql = await InTheLab.TryAsync(() => MariaDbServer.StartAsync());
        await using var postgres = await InTheLab.TryAsync(() => PostgresServer.StartAsync());
        await mysql.CreateDatabaseAsync("mail");
        await mysql.ExecuteAsync("mail", """
            CREATE TABLE mailbox (id bigint PRIMARY KEY AUTO_INCREMENT, address varchar(320) NOT NULL, address_key varchar(320) NOT NULL UNIQUE, domain varchar(255) NOT NULL,
              password_hash varchar(255), display_name varchar(255), active tinyint(1) NOT NULL DEFAULT 1, password_changed bigint);
            INSERT INTO mailbox (address, address_key, domain) VALUES ('a@example.com', 'a@example.com', 'example.com'), ('b@example.com', 'b@example.com', 'example.com')
            """);
        var store = await mysql.CreateOwnerAsync("mail");
        await postgres.CreateDatabaseAsync("roundcube");
        await postgres.ExecuteAsync("roundcube", $"CREATE TABLE session (sess_id varchar(128) PRIMARY KEY, changed timestamp with time zone DEFAULT now() NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL); {Sessions}");
        var webmail = await postgres.CreateReaderAsync("roundcube");
        await postgres.ExecuteAsync("roundcube", $"GRANT SELECT, DELETE ON session TO {postgres.Quote(webmail.User)}");
        using var file = new SessionTables($"CREATE TABLE session (sess_id varchar(128) PRIMARY KEY, changed datetime DEFAULT '', ip varchar(41), vars text); {Sessions}");

        var location = string.Create(CultureInfo.InvariantCulture, $"mysql://{store.User}@127.0.0.1:{mysql.Port}/mail");
        var environment = new Dictionary<string, string> { ["MAILPASS_STORE_PASSWORD"] = store.Password, ["MAILPASS_WEBMAIL_PASSWORD"] = webmail.Password };
        string[] reset = ["reset", "--store", location, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--no-journal", "--revoke", "--webmail", "roundcube", "--webmail-store"];
        var onPostgres = await MailPassRun.RunAsync(Stream.Null, [.. reset, string.Create(CultureInfo.InvariantCulture, $"postgres://{webmail.User}@127.0.0.1:{postgres.Port}/roundcube")], environment: environment);
        Assert.True(onPostgres.ExitCode == 0, onPostgres.ToString());
        Assert.Contains("Revoked 1", onPostgres.Rows.Single()["Sessions"], StringComparison.Ordinal);
        Assert.Equal(["b"], (await postgres.QueryAsync("roundcube", "SELECT sess_id FROM session")).Select(row => row["sess_id"]));

        var onSqlite = await MailPassRun.RunAsync(Stream.Null, [.. reset, file.Location], environment: environment);
        Assert.True(onSqlite.ExitCode == 0, onSqlite.ToString());
        Assert.Contains("Revoked 1", onSqlite.Rows.Single()["Sessions"], StringComparison.Ordinal);
        Assert.Equal(["b"], file.Rows("SELECT sess_id FROM session"));
        Assert.Equal([true, false], (await mysql.QueryAsync("mail", "SELECT password_hash FROM mailbox ORDER BY id")).Select(row => row["password_hash"]?.StartsWith("{SSHA512}", StringComparison.Ordinal) == true));

        // A webmail that cannot be reached is reported before any password is changed.
        environment["MAILPASS_WEBMAIL_PASSWORD"] = "wrong";
        var refused = await MailPassRun.RunAsync(Stream.Null, ["reset", "--store", location, "--mailbox", "b@example.com", "--no-journal", "--revoke", "--webmail", "roundcube", "--webmail-store", string.Create(CultureInfo.InvariantCulture, $"postgres://{webmail.User}@127.0.0.1:{postgres.Port}/roundcube")], environment: environment);
        Assert.Equal(3, refused.ExitCode);
        Assert.Null((await mysql.QueryAsync("mail", "SELECT password_hash FROM mailbox WHERE id = 2"))[0]["password_hash"]);
    }

    private static string Sessions => string.Join("; ", new[] { "a", "b" }.Select(user =>
        $"INSERT INTO session (sess_id, ip, vars) VALUES ('{user}', '192.0.2.1', '{Convert.ToBase64String(Encoding.UTF8.GetBytes($"username|s:13:\"{user}@example.com\";"))}')"));
}
