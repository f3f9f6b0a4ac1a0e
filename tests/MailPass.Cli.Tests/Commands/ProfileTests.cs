using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MailPass.Cli.Tests.Commands;

/// <summary>Profiles from the command line: named in three ways, overridden by options, checked, written, completed.</summary>
public sealed class ProfileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Profile_is_named_after_or_before_the_command_or_by_variable()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var profile = _folder.Profile($$"""{ "store": "{{store}}" }""");
        Assert.Equal("a@example.com", (await MailPassRun.Of("list", "--profile", profile)).Rows.Single()["Mailbox"]);
        Assert.Equal("a@example.com", (await MailPassRun.Of("--profile", profile, "list")).Rows.Single()["Mailbox"]);
        Assert.Equal("a@example.com", (await WithVariable(profile, "list")).Rows.Single()["Mailbox"]);
        var unnamed = await MailPassRun.Of("list");
        Assert.Equal(2, unnamed.ExitCode);
        Assert.Contains("--profile", unnamed.Error, StringComparison.Ordinal);
        Assert.Contains("ProfileNotFound", (await MailPassRun.Of("list", "--profile", "./nowhere.json")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_take_precedence_over_the_profile()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var profile = _folder.Profile($$"""{ "store": "{{store}}", "scheme": "SSHA512", "policy": { "minimumLength": 20, "domains": { "example.com": { "minimumLength": 24 } } } }""");
        var run = await MailPassRun.Of("reset", "--profile", profile, "--mailbox", "a@example.com");
        Assert.Equal(("SSHA512", 24), (run.Rows.Single()["Scheme"], run.Rows[0]["Password"].Length));
        run = await MailPassRun.WithInput("Twenty-Characters-22\n", "set", "--profile", profile, "--mailbox", "a@example.com");
        Assert.Equal("PolicyViolation", run.Rows.Single()["ErrorId"]);
        run = await MailPassRun.WithInput("Given-Secret-22\n", "set", "--profile", profile, "--mailbox", "a@example.com", "--scheme", "SSHA256", "--policy", _folder.Write("policy.json", "{}"));
        Assert.Equal("SSHA256", run.Rows.Single()["Scheme"]);

        // Another store leaves the profile's out; one that only the environment names does not count then.
        var other = _folder.Profile("""{ "store": "absent.db", "schema": "postfixadmin", "scheme": "SSHA512" }""");
        Assert.Equal("SSHA256", (await WithVariable(other, "reset", "--store", store, "--mailbox", "a@example.com")).Rows.Single()["Scheme"]);
        Assert.Equal("SSHA512", (await MailPassRun.Of("reset", "--profile", other, "--store", store, "--mailbox", "a@example.com")).Rows.Single()["Scheme"]);
    }

    [Fact]
    public async Task Scope_applies_without_an_open_store()
    {
        // Nothing listens there: whatever is asked of it ends with another code.
        var profile = _folder.Profile("""
            {
              "dovecot": { "servers": ["http://127.0.0.1:1"], "key": { "env": "DOVEADM_KEY" } },
              "login": { "imap": "imap://127.0.0.1:1" },
              "scope": { "domains": ["example.com"], "actions": ["reset"] }
            }
            """);
        var secrets = new Dictionary<string, string> { ["DOVEADM_KEY"] = "a-key" };
        var run = await MailPassRun.RunAsync(Stream.Null, ["revoke", "--profile", profile, "--mailbox", "a@example.com"], environment: secrets);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("OutOfScope", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Rows);
        run = await MailPassRun.WithInput("Any-Secret-22\n", "login", "--profile", profile, "--mailbox", "a@example.com");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("OutOfScope", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_change_outside_the_scope_verifies_nothing()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var profile = _folder.Profile($$"""{ "store": "{{store}}", "scope": { "actions": ["reset"] } }""");
        foreach (var current in new[] { TempFolder.OldPassword, "Wrong-Secret-22" })
        {
            var run = await MailPassRun.WithInput($"{current}\nNew-Secret-22\n", "set", "--profile", profile, "--mailbox", "a@example.com", "--current");
            Assert.Equal("OutOfScope", run.Rows.Single()["ErrorId"]);
            var test = await MailPassRun.WithInput($"{current}\n", "test", "--profile", profile, "--mailbox", "a@example.com");
            Assert.Equal((2, 0), (test.ExitCode, test.Rows.Count));
            Assert.Contains("OutOfScope", test.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_faults_are_reported_line_by_line()
    {
        var profile = _folder.Profile("""{ "stor": 1, "cost": 3, "dovecot": { "servers": ["mx2"] }, "store": { "location": "mail.db", "password": "swordfish" } }""");
        var run = await MailPassRun.Of("list", "--profile", profile);
        Assert.Equal(2, run.ExitCode);
        var lines = run.Error.Trim().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.Contains("(ProfileInvalid)", line, StringComparison.Ordinal));
        Assert.DoesNotContain("swordfish", run.ToString(), StringComparison.Ordinal);

        var check = await MailPassRun.Of("profile", "check", profile);
        Assert.Equal(2, check.ExitCode);
        Assert.Equal(["stor", "dovecot.servers[0]", "store.password", "cost"], check.Rows.Select(row => row["Subject"]));
    }

    [Fact]
    public async Task Check_reports_what_it_finds_and_changes_nothing()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        var before = await StoreProbe.HashesAsync(store);
        using var greeting = new TcpListener(IPAddress.Loopback, 0);
        greeting.Start();
        var served = ServeAsync(greeting);
        var profile = _folder.Profile(string.Create(CultureInfo.InvariantCulture, $$"""
            { "store": "{{store}}", "login": { "imap": "imap://127.0.0.1:{{((IPEndPoint)greeting.LocalEndpoint).Port}}" }, "journal": "runs",
              "webmail": [{ "system": "roundcube", "database": "absent.db" }], "dovecot": { "servers": ["http://127.0.0.1:1"], "key": { "env": "NOT_SET" } } }
            """));
        var run = await MailPassRun.Of("profile", "check", profile);
        await served;
        Assert.Equal(2, run.ExitCode);
        string Of(string subject) => string.Join(' ', run.Rows.Where(row => row["Subject"] == subject).Select(row => row["Message"]));
        Assert.Contains("schema mailpass", Of("store"), StringComparison.Ordinal);
        Assert.Contains("SSHA256 2", Of("store"), StringComparison.Ordinal);
        Assert.Contains("can be written", Of("store"), StringComparison.Ordinal);
        Assert.Contains("* OK Lab ready", Of("login.imap"), StringComparison.Ordinal);
        Assert.Contains("NOT_SET", Of("dovecot.key"), StringComparison.Ordinal);
        Assert.Contains("absent.db", Of("webmail[0]"), StringComparison.Ordinal);
        Assert.Contains("0 by now", Of("journal"), StringComparison.Ordinal);
        Assert.Equal(before, await StoreProbe.HashesAsync(store));
    }

    [Fact]
    public async Task One_canary_is_the_default_of_many_mailboxes()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        var profile = _folder.Profile($$"""{ "store": "{{store}}", "scheme": "SSHA512", "login": { "imap": "imap://127.0.0.1:1" } }""");
        var run = await MailPassRun.Of("reset", "--profile", profile, "--domain", "example.com");
        Assert.Contains("the first changed mailbox logs in at 127.0.0.1:1", run.Error, StringComparison.Ordinal);
        Assert.Contains("CanaryFailed", run.ToString(), StringComparison.Ordinal);
        Assert.True(await StoreProbe.AcceptsAsync(store, "b@example.com", TempFolder.OldPassword));

        run = await MailPassRun.Of("reset", "--profile", profile, "--mailbox", "a@example.com");
        Assert.True(run.ExitCode == 0, run.ToString());
        run = await MailPassRun.Of("reset", "--profile", profile, "--domain", "example.com", "--canary", "0");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.DoesNotContain("logs in at", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_are_remembered_where_the_profile_says()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var profile = _folder.Profile($$"""{ "store": "{{store}}", "journal": "runs" }""");
        Assert.Equal(0, (await MailPassRun.Of("reset", "--profile", profile, "--mailbox", "a@example.com", "--reason", "here")).ExitCode);
        Assert.Equal("here", (await MailPassRun.Of("runs", "--profile", profile)).Rows.Single()["Reason"]);
        Assert.True(Directory.Exists(_folder.Path("runs")));
    }

    [SkippableFact]
    public async Task Journal_is_sealed_to_the_profiles_recipient()
    {
        Skip.If(OperatingSystem.IsWindows(), "Wine cannot sign a certificate.");
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=vault", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _folder.Write("vault.pem", certificate.ExportCertificatePem());
        var privateKey = _folder.Write("vault-key.pem", $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        var store = await _folder.StoreAsync("a@example.com");
        var profile = _folder.Profile($$"""{ "store": "{{store}}", "scheme": "SSHA512", "journal": { "folder": "runs", "recipients": ["vault.pem"] } }""");
        var reset = await MailPassRun.Of("reset", "--profile", profile, "--mailbox", "a@example.com");
        var run = (await MailPassRun.Of("runs", "--profile", profile)).Rows.Single()["Run"];

        var recovered = await MailPassRun.Of("recover", run, "--profile", profile);
        Assert.Equal((1, ""), (recovered.ExitCode, recovered.Rows.Single()["Password"]));
        recovered = await MailPassRun.Of("recover", run, "--profile", profile, "--key-file", privateKey);
        Assert.Equal((0, reset.Rows.Single()["Password"]), (recovered.ExitCode, recovered.Rows.Single()["Password"]));
    }

    [Fact]
    public async Task Files_of_secrets_take_precedence_over_the_profiles()
    {
        // Nobody listens there, which shows only once the secret is known.
        var secret = _folder.Write("secret", "swordfish");
        var profile = _folder.Profile("""
            {
              "store": { "location": "mysql://mailpass@127.0.0.1:1/mail", "password": { "env": "NOT_SET" } },
              "dovecot": { "servers": ["http://127.0.0.1:1"], "key": { "env": "NOT_SET" } }
            }
            """);
        Assert.Contains(ErrorIds.SecretUnavailable, (await MailPassRun.Of("list", "--profile", profile)).Error, StringComparison.Ordinal);
        var list = await MailPassRun.Of("list", "--profile", profile, "--store-password-file", secret);
        Assert.True(list.ExitCode == 3, list.ToString());
        var sessions = await MailPassRun.Of("sessions", "--profile", profile, "--doveadm-key-file", secret);
        Assert.True(sessions.ExitCode == 3, sessions.ToString());
    }

    [Fact]
    public async Task Export_writes_a_profile_that_opens_the_same_site()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var key = _folder.Write("key", "swordfish");
        var file = _folder.Path("written.json");
        var run = await MailPassRun.Of("profile", "export", file, "--store", store, "--doveadm", "https://mx1.example.org:8080", "--doveadm-key-file", key);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.DoesNotContain("swordfish", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            File.SetUnixFileMode(key, UnixFileMode.UserRead);
        }

        Assert.Equal("a@example.com", (await MailPassRun.Of("list", "--profile", file)).Rows.Single()["Mailbox"]);
        Assert.Equal(2, (await MailPassRun.Of("profile", "export", file, "--store", store)).ExitCode);
    }

    [Fact]
    public async Task Export_writes_how_the_site_is_reached()
    {
        var file = _folder.Path("written.json");
        var run = await MailPassRun.Of(
            "profile", "export", file, "--store", "mysql://mailpass@db.example.org/mail", "--schema", "postfixadmin", "--schema-option", "delete-app-passwords",
            "--doveadm", "http://mx1.example.org:8080", "--allow-plaintext", "--ca-file", _folder.Path("ca.pem"));
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("it asks for store.password, dovecot.key", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var (site, store, dovecot) = (json.RootElement, json.RootElement.GetProperty("store"), json.RootElement.GetProperty("dovecot"));
        Assert.Equal("delete-app-passwords", Assert.Single(site.GetProperty("schemaOptions").EnumerateArray()).GetString());
        Assert.All(new[] { store, dovecot }, part => Assert.Equal((true, _folder.Path("ca.pem")), (part.GetProperty("allowPlaintext").GetBoolean(), part.GetProperty("caFile").GetString())));
    }

    [Theory]
    [InlineData("mailpass res", "reset")]
    [InlineData("mailpass reset --profile PROFILE --mailbox a@", "a@example.com")]
    [InlineData("mailpass --profile PROFILE reset --domain exa", "example.com")]
    [InlineData("mailpass list --store absent.db --mailbox a@", null)]
    public async Task Suggestions_come_from_the_calls_own_store(string line, string? expected)
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        line = line.Replace("PROFILE", _folder.Profile($$"""{ "store": "{{store}}" }"""), StringComparison.Ordinal);
        var run = await MailPassRun.Of($"[suggest:{line.Length}]", line);
        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        var suggestions = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (expected is null)
        {
            Assert.DoesNotContain(suggestions, suggestion => suggestion.Contains('@', StringComparison.Ordinal));
        }
        else
        {
            Assert.Contains(expected, suggestions);
        }
    }

    [SkippableFact]
    public async Task Bash_completes_words_that_it_parts_at_signs()
    {
        Skip.If(OperatingSystem.IsWindows() || !File.Exists("/bin/bash"), "There is no bash.");
        var script = _folder.Write("complete.bash", (await MailPassRun.Of("completion", "bash")).Output + """
            mailpass() { [[ "$1" == "[suggest:37]" ]] && printf 'anna@example.com\nanna@example.org\nben@example.com\n'; }
            COMP_LINE='mailpass reset --mailbox anna@example rest' COMP_POINT=37
            COMP_WORDS=(mailpass reset --mailbox anna @ example rest) COMP_CWORD=5
            _mailpass
            printf '%s\n' "${COMPREPLY[@]}"
            """);
        using var bash = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/bash", ["--norc", script]) { RedirectStandardOutput = true })!;
        var said = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.Equal(["example.com", "example.org"], said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("powershell")]
    public async Task Completion_script_asks_for_suggestions(string shell) =>
        Assert.Contains("[suggest:", (await MailPassRun.Of("completion", shell)).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Help_of_reset_fits_one_screen()
    {
        var run = await MailPassRun.Of("reset", "--help");
        Assert.Equal(0, run.ExitCode);

        // Piped, it is not wrapped: a line of more than 120 characters would take two on a terminal.
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.InRange(lines.Length, 20, 50);
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, 119));
    }

    private static Task<MailPassRun> WithVariable(string profile, params string[] call) =>
        MailPassRun.RunAsync(Stream.Null, call, environment: new() { ["MAILPASS_PROFILE"] = profile });

    private static async Task ServeAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await client.GetStream().WriteAsync("* OK Lab ready\r\n"u8.ToArray());
        _ = await client.GetStream().ReadAsync(new byte[100]);
    }
}
