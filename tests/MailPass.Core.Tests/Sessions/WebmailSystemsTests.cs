using MailPass.Sessions;
using MailPass.Sessions.Setup;
using MailPass.Sessions.Sql;
using MailPass.Stores;

namespace MailPass.Core.Tests.Sessions;

/// <summary>From a webmail's name and a database to session systems.</summary>
public sealed class WebmailSystemsTests
{
    private const string Roundcube = "CREATE TABLE session (sess_id varchar(128) PRIMARY KEY, changed datetime, ip varchar(41), vars text);";
    private const string Mailcow = "CREATE TABLE app_passwd (id INTEGER PRIMARY KEY, mailbox varchar(255), active tinyint);";

    [Theory]
    [InlineData("roundcube", "Roundcube")]
    [InlineData("GROUP-OFFICE,groupoffice,sogo", "GroupOffice,Sogo")]
    [InlineData("mailcow,auto", "")]
    public void Names_are_read_in_any_spelling(string names, string expected) =>
        Assert.Equal(expected, string.Join(',', WebmailSystems.Parse(names.Split(','))));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("horde")]
    public void A_name_that_is_none_is_refused_with_those_that_are(string name)
    {
        var fault = Assert.Throws<MailPassException>(() => WebmailSystems.Parse([name]));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.All(WebmailSystems.Names, known => Assert.Contains(known, fault.Remedy));
    }

    [Theory]
    [InlineData("roundcube", "Roundcube")]
    [InlineData("auto", "Roundcube,mailcow")]
    // An older PostfixAdmin has no app passwords, and is one all the same.
    [InlineData("postfixadmin", "PostfixAdmin")]
    public async Task Systems_are_made_where_their_tables_are(string name, string expected)
    {
        using var tables = new SessionTables(Roundcube + Mailcow);
        var systems = await ConnectAsync(tables, name);
        Assert.Equal(expected, string.Join(',', systems.Select(system => system.Name.Split(' ')[0])));
        foreach (var system in systems)
        {
            Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await SessionTables.RevokeAsync(system, "a@x.test")).Status);
            await system.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("groupoffice")]
    [InlineData("auto")]
    public async Task Tables_that_are_not_there_are_said_at_once(string name)
    {
        using var tables = new SessionTables("CREATE TABLE session (id, data)");
        Assert.Equal(ErrorIds.SchemaNotDetected, (await Assert.ThrowsAsync<MailPassException>(() => ConnectAsync(tables, name))).ErrorId);
    }

    private static Task<IReadOnlyList<ISessionAuthority>> ConnectAsync(SessionTables tables, string name) =>
        WebmailSystems.ConnectAsync([name], new StoreLocation(StoreProvider.Sqlite, tables.Location), new StoreOpenOptions());
}
