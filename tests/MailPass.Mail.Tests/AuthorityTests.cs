using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;
using MailPass.Lab.Tls;
using MailPass.Mail.Tests.Pages;

namespace MailPass.Mail.Tests;

/// <summary>A database whose certificate an admin's own authority signed, through both heads.</summary>
[Collection(LabServersGroup.Name)]
public sealed class AuthorityTests
{
    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task Both_heads_trust_the_authority_that_they_are_told_and_no_other(string engine)
    {
        using var authority = new LabAuthority();
        using var another = new LabAuthority();
        await using var server = await InTheLab.TryAsync<LabDatabaseServer>(async () =>
        {
            var (certificate, key) = await authority.IssueAsync("localhost");
            return engine == "mysql"
                ? await MariaDbServer.StartAsync($"--ssl-cert={certificate}", $"--ssl-key={key}", "--require-secure-transport=ON")
                : await PostgresServer.StartAsync("ssl=on", $"ssl_cert_file={certificate}", $"ssl_key_file={key}");
        });
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("iredmail", server));
        var login = await server.CreateMailPassAsync(system.Database, await Grants.ReadAsync("iredmail", engine));
        using var folder = new LabFolder("heads");
        string List(string host, string caFile) =>
            $"mailpass list --store {(engine == "mysql" ? "mysql" : "postgres")}://{login.User}@{host}:{server.Port}/{system.Database} --ca-file {caFile}";
        string Connect(string host, string caFile) =>
            $"Connect-MailStore -Server {host} -Port {server.Port} -Database {system.Database} -Credential $login -Provider {(engine == "mysql" ? "MySql" : "PostgreSql")} -CaFile {caFile}";

        var listed = await Heads.ShellAsync(List("localhost", authority.CaFile), folder.Path, login.Password);
        Assert.True(listed.ExitCode == 0, listed.Output);
        Assert.Contains("anna@alpha.example", listed.Output, StringComparison.Ordinal);
        var connected = await InTheLab.TryAsync(() => Heads.PowerShellAsync($"{Connect("localhost", authority.CaFile)}; (Get-MailboxAccount anna@alpha.example).Mailbox", folder.Path, login.User, login.Password));
        Assert.Contains("anna@alpha.example", connected.Output, StringComparison.Ordinal);

        foreach (var (host, caFile) in new[] { ("localhost", another.CaFile), ("127.0.0.1", authority.CaFile) })
        {
            var refused = await Heads.ShellAsync(List(host, caFile), folder.Path, login.Password);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("(StoreTlsRequired)", refused.Output, StringComparison.Ordinal);
            Assert.Contains("certificate", refused.Output, StringComparison.Ordinal);
            var told = await Heads.PowerShellAsync($"try {{ {Connect(host, caFile)} }} catch {{ $_.FullyQualifiedErrorId }}", folder.Path, login.User, login.Password);
            Assert.Contains("StoreTlsRequired", told.Output, StringComparison.Ordinal);
        }
    }
}
