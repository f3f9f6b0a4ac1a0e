using MailPass.Lab.Databases;
using MailPass.Lab.Mail;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;
using MailPass.Lab.Tls;
using MailPass.Mail.Tests.Pages;

namespace MailPass.Mail.Tests;

/// <summary>Servers whose certificates an admin's own authority signed, through both heads.</summary>
[Collection(LabServersGroup.Name)]
public sealed class AuthorityTests
{
    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task Both_heads_trust_only_the_given_authority(string engine)
    {
        using var authority = new LabAuthority();
        using var another = new LabAuthority();
        await using var server = await InTheLab.TryAsync(() => StartAsync(engine, authority));
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("iredmail", server));
        var login = await server.CreateMailPassAsync(system.Database, await Grants.ReadAsync("iredmail", engine));
        using var folder = new LabFolder("heads");
        string List(string host, string caFile) =>
            $"mailpass list --store {(engine == "mysql" ? "mysql" : "postgres")}://{login.User}@{host}:{server.Port}/{system.Database} --ca-file {caFile}";
        string Connect(string host, string caFile) =>
            $"Connect-MailStore -Server {host}:{server.Port} -Database {system.Database} -Credential $login -Provider {(engine == "mysql" ? "MySql" : "PostgreSql")} -CaFile {caFile}";

        var listed = await Heads.ShellAsync(List("localhost", authority.CaFile), folder.Path, login.Password);
        Assert.True(listed.ExitCode == 0, listed.Output);
        Assert.Contains("anna@alpha.example", listed.Output, StringComparison.Ordinal);
        var connected = await InTheLab.TryAsync(() => Heads.PowerShellAsync($"{Connect("localhost", authority.CaFile)}; (Get-MailboxAccount anna@alpha.example).Mailbox", folder.Path, login.User, login.Password));
        Assert.Contains("anna@alpha.example", connected.Output, StringComparison.Ordinal);

        foreach (var (host, caFile) in new[] { ("localhost", another.CaFile), ("127.0.0.1", authority.CaFile) })
        {
            var refused = await Heads.ShellAsync(List(host, caFile), folder.Path, login.Password);
            Assert.Equal(3, refused.ExitCode);
            Assert.Contains("(StoreTlsRequired)", refused.Output, StringComparison.Ordinal);
            Assert.Contains("certificate", refused.Output, StringComparison.Ordinal);
            var told = await Heads.PowerShellAsync($"try {{ {Connect(host, caFile)} }} catch {{ $_.FullyQualifiedErrorId }}", folder.Path, login.User, login.Password);
            Assert.Contains("StoreTlsRequired", told.Output, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task Webmail_database_is_trusted_by_its_own_authority(string engine)
    {
        using var authority = new LabAuthority();
        using var another = new LabAuthority();
        await using var server = await InTheLab.TryAsync(() => StartAsync(engine, authority));
        var name = server.NewDatabaseName("roundcube");
        await server.CreateDatabaseAsync(name);
        await server.ExecuteAsync(name, "CREATE TABLE session (sess_id varchar(128) NOT NULL PRIMARY KEY, changed timestamp NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL)");
        var login = await server.CreateOwnerAsync(name);
        if (engine == "postgresql")
        {
            await server.ExecuteAsync(name, $"GRANT ALL ON ALL TABLES IN SCHEMA public TO {server.Quote(login.User)}");
        }

        using var folder = new LabFolder("heads");
        var users = folder.Write("users", "anna@alpha.example:{PLAIN}Old-Passw0rd!::::::\n");
        var webmail = $"{(engine == "mysql" ? "mysql" : "postgres")}://{login.User}@localhost:{server.Port}/{name}";
        foreach (var (caFile, trusted) in new[] { (authority.CaFile, true), (another.CaFile, false) })
        {
            var sessions = await Heads.ShellAsync(
                $"MAILPASS_WEBMAIL_PASSWORD={login.Password} mailpass sessions --webmail roundcube --webmail-store {webmail} --ca-file {caFile}", folder.Path, string.Empty);
            Assert.True(sessions.ExitCode == (trusted ? 0 : 3), sessions.Output);
            Assert.Equal(!trusted, sessions.Output.Contains("(StoreTlsRequired)", StringComparison.Ordinal));
            // The store's authority also applies to the webmail, unless that has its own.
            var ofStore = trusted ? another.CaFile : authority.CaFile;
            var profile = folder.Write($"{(trusted ? "right" : "wrong")}.json", $$"""
                {
                  "store": { "location": "passwd-file:{{users}}", "caFile": "{{ofStore}}" },
                  "webmail": [{ "system": "roundcube", "database": "{{webmail}}", "password": { "env": "LAB_PASSWORD" }, "caFile": "{{caFile}}" }],
                }
                """);
            File.SetUnixFileMode(profile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var revoked = await Heads.ShellAsync(
                $"LAB_PASSWORD={login.Password} mailpass revoke --domain alpha.example --profile {profile}", folder.Path, string.Empty);
            Assert.True(revoked.ExitCode == (trusted ? 0 : 3), revoked.Output);
            var connected = await InTheLab.TryAsync(() => Heads.PowerShellAsync(
                $"try {{ Connect-MailStore -Profile {profile}; 'connected' }} catch {{ $_.FullyQualifiedErrorId }}", folder.Path, login.User, login.Password));
            Assert.Contains(trusted ? "connected" : "StoreTlsRequired", connected.Output, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Mail_server_is_trusted_only_by_the_given_authority()
    {
        using var another = new LabAuthority();
        using var folder = new LabFolder("mail");
        var users = folder.Write("users", "anna@alpha.example:{PLAIN}Old-Passw0rd!::::::\n");
        var own = folder.Write("own.pem", ServerCertificate.Own.ExportCertificatePem());
        await using var dovecot = await InTheLab.TryAsync(() => DovecotServer.StartAsync(new DovecotSetup { PasswdFile = users, ApiOverTls = true }));

        foreach (var (caFile, trusted) in new[] { (own, true), (another.CaFile, false) })
        {
            var login = await Heads.ShellAsync(
                $"printf 'Old-Passw0rd!\\n' | mailpass login --mailbox anna@alpha.example --server localhost --port {dovecot.ImapsPort} --ca-file {caFile} --format csv", folder.Path, string.Empty);
            Assert.Contains(trusted ? "LoginOk" : "TlsFailed", login.Output, StringComparison.Ordinal);
            var sessions = await Heads.ShellAsync(
                $"MAILPASS_DOVEADM_KEY={dovecot.DoveadmApiKey} mailpass sessions --doveadm https://localhost:{dovecot.DoveadmPort} --ca-file {caFile}", folder.Path, string.Empty);
            Assert.True(sessions.ExitCode == (trusted ? 0 : 3), sessions.Output);
            var tried = await InTheLab.TryAsync(() => Heads.PowerShellAsync(
                $"(Test-MailboxLogin anna@alpha.example -Password 'Old-Passw0rd!' -AsPlainText -Server localhost -Port {dovecot.ImapsPort} -CaFile {caFile}).Outcome", folder.Path, "nobody", "none"));
            Assert.Equal(trusted ? "LoginOk" : "TlsFailed", tried.Output.Trim());
            var listed = await InTheLab.TryAsync(() => Heads.PowerShellAsync(
                $$"""
                $key = ConvertTo-SecureString $env:LAB_PASSWORD -AsPlainText -Force
                try { Connect-MailStore -PasswdFile {{users}} -Doveadm https://localhost:{{dovecot.DoveadmPort}} -DoveadmApiKey $key -CaFile {{caFile}}; $null = Get-MailboxSession -ErrorAction Stop; 'answered' } catch { $_.FullyQualifiedErrorId }
                """, folder.Path, "nobody", dovecot.DoveadmApiKey));
            Assert.Contains(trusted ? "answered" : "SessionAuthority", listed.Output, StringComparison.Ordinal);
        }
    }

    private static async Task<LabDatabaseServer> StartAsync(string engine, LabAuthority authority)
    {
        var (certificate, key) = await authority.IssueAsync("localhost");
        return engine == "mysql"
            ? await MariaDbServer.StartAsync($"--ssl-cert={certificate}", $"--ssl-key={key}", "--require-secure-transport=ON")
            : await PostgresServer.StartAsync("ssl=on", $"ssl_cert_file={certificate}", $"ssl_key_file={key}");
    }
}
