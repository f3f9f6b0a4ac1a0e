using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Logins to a server (MySQL 8: <c>caching_sha2_password</c>), and the errors for refused ones; the servers here have no TLS.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class MySqlLoginTests(DatabaseServers servers)
{
    [SkippableTheory]
    [OnEngines("mysql-8.0 mysql-8.4")]
    public async Task Allowed_plaintext_still_encrypts_the_password(string engine)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        var address = InTheLab.OtherAddress();
        await using var proxy = new CuttingProxy(database.Server.Port, serverHears: true);
        var host = address.ToString();

        var fault = await Assert.ThrowsAsync<MailPassException>(() => database.OpenAsync(port: proxy.Port, host: host));
        Assert.Equal(ErrorIds.StoreTlsRequired, fault.ErrorId);
        await using var store = await database.OpenAsync(new StoreOpenOptions { AllowPlaintext = true }, proxy.Port, host);
        Assert.Equal("mailpass", store.Info.Schema);
    }

    [SkippableTheory]
    [OnEngines("mysql-8.0 mysql-8.4")]
    public async Task Socket_without_TLS_gets_a_remedy(string engine)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        var fault = await Assert.ThrowsAsync<MailPassException>(database.OpenBySocketAsync);
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Contains("127.0.0.1", fault.Remedy, StringComparison.Ordinal);
        Assert.Contains("TLS", fault.Remedy, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [OnEngines("mysql mysql-5.7 mysql-8.0 mysql-8.4", "ACCOUNT LOCK", "locked")]
    [OnEngines("mysql", "PASSWORD EXPIRE", "PASSWORD")]
    [OnEngines("mysql-5.7 mysql-8.4", "PASSWORD EXPIRE", "expired")]
    [OnEngines("mysql-8.4", "IDENTIFIED BY 'another'", "refuses the login")]
    [OnEngines("mysql-8.4", "IDENTIFIED WITH mysql_no_login", "refuses the login")]
    public async Task A_refused_login_is_reported_at_once_with_the_reason(string engine, string alteration, string why)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        if (alteration.Contains("mysql_no_login", StringComparison.Ordinal))
        {
            await database.Server.ExecuteAsync(database.Name, "INSTALL PLUGIN mysql_no_login SONAME 'mysql_no_login.so'");
        }

        await database.Server.ExecuteAsync(database.Name, $"ALTER USER '{database.Login.User}'@'127.0.0.1' {alteration}");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => database.OpenAsync());
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Contains("refuses the login", fault.Message, StringComparison.Ordinal);
        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        Assert.Contains(database.Login.User, fault.Message + fault.Remedy, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Refused_ed25519_login_gets_a_remedy()
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, "mysql");
        await database.Server.ExecuteAsync(
            database.Name,
            $"INSTALL SONAME 'auth_ed25519'; ALTER USER '{database.Login.User}'@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('{database.Login.Password}')");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => database.OpenAsync());
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Contains("refuses the login", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ed25519", fault.Message, StringComparison.Ordinal);
        Assert.Contains("IDENTIFIED VIA mysql_native_password", fault.Remedy, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [OnEngines("mysql-8.0 mysql-8.4")]
    public async Task Rights_may_come_by_a_role(string engine)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        var login = $"'{database.Login.User}'@'127.0.0.1'";
        await database.Server.ExecuteAsync(
            database.Name,
            $"CREATE ROLE IF NOT EXISTS mail_passwords; GRANT SELECT, UPDATE ON {database.Server.Quote(database.Name)}.mailbox TO mail_passwords; REVOKE ALL ON {database.Server.Quote(database.Name)}.* FROM {login}; GRANT mail_passwords TO {login}; SET DEFAULT ROLE mail_passwords TO {login}");
        await database.FillAsync([("a@example.org", true)], AuditedMailboxes.OldHash);
        await using var store = await database.OpenAsync();
        var changes = await AuditedMailboxes.ChangesAsync(store, "cm9sZQ");
        Assert.All(await store.WriteAsync(changes, CancellationToken.None), outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        await AuditedMailboxes.AllStandAsync(database, changes);
    }
}
