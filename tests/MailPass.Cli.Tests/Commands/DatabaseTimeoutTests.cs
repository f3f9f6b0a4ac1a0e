using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MailPass.Lab.Databases;
using MailPass.Lab.Processes;
using Microsoft.Data.Sqlite;

namespace MailPass.Cli.Tests.Commands;

/// <summary>Time limits for a database, and the error when a limit is exceeded.</summary>
public sealed class DatabaseTimeoutTests : IDisposable
{
    private const string Columns = "id, address, address_key, domain, password_hash, display_name, active, password_changed";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgres")]
    public async Task Silent_server_is_given_up_after_the_timeout(string kind)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var database = string.Create(CultureInfo.InvariantCulture, $"{kind}://mailpass@127.0.0.1:{port}/mail");
        var environment = new Dictionary<string, string> { ["MAILPASS_STORE_PASSWORD"] = "secret-pw", ["MAILPASS_WEBMAIL_PASSWORD"] = "secret-pw" };

        var store = _folder.Profile($$"""{ "store": { "location": "{{database}}", "connectTimeout": 1 } }""");
        var webmail = _folder.Profile($$"""{ "webmail": [{ "system": "roundcube", "database": "{{database}}", "connectTimeout": 1 }] }""");
        foreach (var call in (string[][])[["list", "--profile", store], ["sessions", "--profile", webmail]])
        {
            var run = await MailPassRun.RunAsync(Stream.Null, call, environment: environment);
            Assert.True(run.ExitCode == 3, run.ToString());
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}/mail gave no answer to a connection within 1 s."), run.Error, StringComparison.Ordinal);
            Assert.Contains("connectTimeout", run.Error, StringComparison.Ordinal);
            Assert.Contains("StoreUnreachable", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("secret-pw", run.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Slow_MariaDB_statement_is_given_up_after_the_timeout()
    {
        await using var server = await InTheLab.TryAsync(() => MariaDbServer.StartAsync());
        await SlowTableIsGivenUpAsync(server, "mysql", "SLEEP(60) = 0");
    }

    [SkippableFact]
    public async Task Slow_PostgreSQL_statement_is_given_up_after_the_timeout()
    {
        await using var server = await InTheLab.TryAsync(() => PostgresServer.StartAsync());
        await SlowTableIsGivenUpAsync(server, "postgres", "pg_sleep(60)::text = ''");
    }

    [Fact]
    public async Task A_file_locked_by_others_is_waited_for_up_to_the_limit()
    {
        var store = await _folder.StoreAsync("a@example.com");
        using var other = new SqliteConnection($"Data Source={store};Pooling=False");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();

        var run = await MailPassRun.Of("reset", "--profile", _folder.Profile($$"""{ "store": { "location": "{{store}}", "commandTimeout": 1.5 } }"""), "--mailbox", "a@example.com", "--scheme", "SSHA512", "--no-journal");
        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.Contains("was not released within 1.5 s", run.Error, StringComparison.Ordinal);
        Assert.Contains("commandTimeout", run.Error, StringComparison.Ordinal);
    }

    private async Task SlowTableIsGivenUpAsync(LabDatabaseServer server, string kind, string slowly)
    {
        await server.CreateDatabaseAsync("mail");
        await server.ExecuteAsync("mail", $"""
            CREATE TABLE boxes (id bigint PRIMARY KEY, address varchar(320) NOT NULL, address_key varchar(320) NOT NULL UNIQUE, domain varchar(255) NOT NULL,
              password_hash varchar(255), display_name varchar(255), active {(kind == "mysql" ? "tinyint(1)" : "boolean")} NOT NULL DEFAULT {(kind == "mysql" ? "1" : "true")}, password_changed bigint);
            INSERT INTO boxes (id, address, address_key, domain) VALUES (1, 'a@example.com', 'a@example.com', 'example.com');
            CREATE VIEW mailbox AS SELECT {Columns} FROM boxes WHERE {slowly};
            """);
        var login = await server.CreateReaderAsync("mail");
        var run = await MailPassRun.RunAsync(
            Stream.Null,
            ["list", "--profile", _folder.Profile(string.Create(CultureInfo.InvariantCulture, $$"""{ "store": { "location": "{{kind}}://{{login.User}}@127.0.0.1:{{server.Port}}/mail", "commandTimeout": 1 }, "schema": "mailpass" }"""))],
            environment: new() { ["MAILPASS_STORE_PASSWORD"] = login.Password });
        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.Contains("gave no answer to a statement within 1 s.", run.Error, StringComparison.Ordinal);
        Assert.Contains("commandTimeout", run.Error, StringComparison.Ordinal);
    }

}
