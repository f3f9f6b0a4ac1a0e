using System.Globalization;
using MailPass.Lab.Databases;
using MailPass.Lab.Processes;
using MailPass.Lab.Tls;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Database servers whose certificates an admin's own authority signed: who is trusted, for which name, and that it is encrypted.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class ServerTlsTests
{
    [SkippableTheory]
    [OnEngines(Engines.Newest)]
    public async Task Only_the_given_authority_is_trusted_for_the_servers_name(string engine)
    {
        using var authority = new LabAuthority();
        using var another = new LabAuthority();
        await using var server = await StartAsync(engine, authority);
        var database = server.NewDatabaseName("tls");
        await server.CreateDatabaseAsync(database);
        await server.ExecuteAsync(database, ServerDatabaseUnderTest.Tables(server.Engine));
        var login = await server.CreateOwnerAsync(database);
        await server.ExecuteAsync(database, server.Engine == "mysql"
            ? $"CREATE USER '{login.User}'@'%' IDENTIFIED BY '{login.Password}'; GRANT ALL ON {server.Quote(database)}.* TO '{login.User}'@'%'"
            : $"GRANT ALL ON ALL TABLES IN SCHEMA public TO {server.Quote(login.User)}");

        await using (var store = await OpenAsync("localhost", authority.CaFile))
        {
            Assert.Equal("mailpass", store.Info.Schema);
            // MariaDB here accepts only encrypted connections; PostgreSQL reports the encryption.
            if (engine == "postgresql")
            {
                var sessions = await server.QueryAsync(database, $"SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = '{login.User}'");
                Assert.Equal("t", Assert.Single(sessions)["ssl"]);
            }
        }

        await AssertRefusedAsync("localhost", another.CaFile, "no authority that is trusted");
        await AssertRefusedAsync("127.0.0.1", authority.CaFile, "another name");

        var missing = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync("localhost", authority.CaFile + ".not-there"));
        Assert.Equal(ErrorIds.InputInvalid, missing.ErrorId);
        Assert.Contains(".not-there", missing.Message, StringComparison.Ordinal);

        async Task AssertRefusedAsync(string host, string caFile, string why)
        {
            var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(host, caFile));
            Assert.Equal(ErrorIds.StoreTlsRequired, fault.ErrorId);
            Assert.Contains(why, fault.Message, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("--ca-file", fault.Remedy, StringComparison.Ordinal);
        }

        async Task<IMailboxStore> OpenAsync(string host, string caFile)
        {
            using var password = Secret.FromChars(login.Password);
            var scheme = server.Engine == "mysql" ? "mysql" : "postgres";
            return await MailStore.OpenAsync(
                StoreLocation.Parse(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{login.User}@{host}:{server.Port}/{database}")),
                new StoreOpenOptions { Password = password, AuthorityFile = caFile });
        }
    }

    [SkippableTheory]
    [OnEngines("mysql-8.0 mysql-8.4")]
    public async Task MySQLs_own_certificate_serves_port_and_socket_locally(string engine)
    {
        // The default installation: self-signed certificates, and only encrypted logins.
        await using var server = await InTheLab.TryAsync(() => MariaDbServer.StartMySqlAsync(engine["mysql-".Length..], "--require-secure-transport=ON"));
        var database = await ServerDatabaseUnderTest.MakeAsync(server);
        await using var byPort = await database.OpenAsync();
        Assert.Equal("mailpass", byPort.Info.Schema);
        await using var bySocket = await database.OpenBySocketAsync();
        Assert.Equal("mailpass", bySocket.Info.Schema);
    }

    [Fact]
    public void A_file_of_authorities_without_certificates_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = folder["ca.pem"];
        File.WriteAllText(file, "no certificate");
        var fault = Assert.Throws<MailPassException>(() => CertificateAuthorities.Read(file));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
    }

    private static async Task<LabDatabaseServer> StartAsync(string engine, LabAuthority authority)
    {
        var (certificate, key) = await authority.IssueAsync("localhost");
        string[] mySql = [$"--ssl-ca={authority.CaFile}", $"--ssl-cert={certificate}", $"--ssl-key={key}", "--require-secure-transport=ON"];
        return await InTheLab.TryAsync<LabDatabaseServer>(async () => engine switch
        {
            "mysql" => await MariaDbServer.StartAsync(mySql),
            "postgresql" => await PostgresServer.StartAsync("ssl=on", $"ssl_cert_file={certificate}", $"ssl_key_file={key}"),
            _ => await MariaDbServer.StartMySqlAsync(engine["mysql-".Length..], mySql),
        });
    }
}
