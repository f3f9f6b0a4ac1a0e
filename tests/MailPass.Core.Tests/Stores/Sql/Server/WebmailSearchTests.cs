using MailPass.Core.Tests.Sessions;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Setup;
using MailPass.Sessions.Sql;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>A webmail beside the store on a real server: found by its tables if the login can see them.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class WebmailSearchTests(DatabaseServers servers)
{
    private const string Roundcube = "CREATE TABLE session (sess_id varchar(128) NOT NULL PRIMARY KEY, changed timestamp NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL)";

    [SkippableTheory]
    [OnEngines(Engines.Newest)]
    public async Task Only_webmail_on_the_stores_server_is_found(string engine)
    {
        var server = await servers.GetAsync(engine);
        var store = await MakeAsync("CREATE TABLE mailbox (id int)");
        var login = await server.CreateOwnerAsync(store);
        using var password = Secret.FromChars(login.Password);
        var location = StoreLocation.Parse($"{(server.Engine == "mysql" ? "mysql" : "postgres")}://{login.User}@127.0.0.1:{server.Port}/{store}");

        var webmail = await MakeAsync(Roundcube);
        Assert.Equal(ErrorIds.SchemaNotDetected, (await Assert.ThrowsAsync<MailPassException>(() => ConnectAsync(true))).ErrorId);
        await GrantAsync(webmail);
        Assert.Equal(ErrorIds.SchemaNotDetected, (await Assert.ThrowsAsync<MailPassException>(() => ConnectAsync(false))).ErrorId);
        var system = Assert.Single(await ConnectAsync(true));
        await using (system)
        {
            Assert.Contains(webmail, system.Name);
            Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await SessionTables.RevokeAsync(system, "a@x.test")).Status);
        }

        var another = await MakeAsync(Roundcube);
        await GrantAsync(another);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => ConnectAsync(true));
        Assert.Contains(webmail, fault.Message);
        Assert.Contains(another, fault.Message);

        async Task<string> MakeAsync(string tables)
        {
            var name = server.NewDatabaseName("webmail");
            await server.CreateDatabaseAsync(name);
            await server.ExecuteAsync(name, tables);
            return name;
        }

        // The rights that docs/sessions-webmail.md lists for Roundcube, and no more.
        Task GrantAsync(string database) => server.ExecuteAsync(database, $"GRANT SELECT (sess_id, ip, vars), DELETE ON session TO {(server.Engine == "mysql" ? $"'{login.User}'@'127.0.0.1'" : server.Quote(login.User))}");

        Task<IReadOnlyList<ISessionAuthority>> ConnectAsync(bool searchServer) =>
            WebmailSystems.ConnectAsync(["roundcube"], location, new StoreOpenOptions { Password = password }, searchServer: searchServer);
    }
}
