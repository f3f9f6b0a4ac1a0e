using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Sessions.Roundcube;
using MailPass.Sessions.Setup;
using MailPass.Sessions.Sql;
using MailPass.Stores;

namespace MailPass.Core.Tests.Sessions;

/// <summary>A real Roundcube in front of a real Dovecot: who is revoked sees the login form at the next click, nobody else does.</summary>
public sealed class RealRoundcubeTests
{
    [SkippableFact]
    public async Task Revoked_mailbox_alone_is_logged_out_of_the_webmail()
    {
        var absence = RoundcubeServer.Absence();
        Skip.IfNot(absence is null, absence);
        await using var mail = await RealDovecot.StartAsync([("anna@x.test", "old"), ("bert@x.test", "bert")]);
        await using var webmail = await RoundcubeServer.StartAsync(mail.ImapPort);
        using var anna = new RoundcubeBrowser(webmail.Port);
        using var bert = new RoundcubeBrowser(webmail.Port);
        var before = DateTimeOffset.UtcNow.AddSeconds(-2);
        Assert.True(await anna.LoginAsync("Anna@x.test", "old"));
        Assert.True(await bert.LoginAsync("bert@x.test", "bert"));

        var systems = new List<ISessionAuthority>(await WebmailSystems.ConnectAsync([WebmailSystems.Auto], new StoreLocation(StoreProvider.Sqlite, webmail.DatabaseFile), new StoreOpenOptions()));
        var roundcube = Assert.Single(systems);
        Assert.StartsWith("Roundcube ", roundcube.Name);
        systems.Add(mail.Connect());
        var session = Assert.Single(await SessionTables.ListAsync(roundcube, "anna@x.test"));
        Assert.Equal("127.0.0.1", session.ClientAddress);
        Assert.InRange(session.Since!.Value, before, DateTimeOffset.UtcNow.AddSeconds(2));

        // The trap: the session keeps the old password and its own life, so without a revocation the browser stays in.
        await mail.SetPasswordAsync("anna@x.test", "new");
        Assert.True(await anna.IsInAsync());

        var result = Assert.Single(await SessionSystems.RevokeAsync(systems, [MailboxAddress.Parse("anna@x.test")], RevocationScope.Everything));
        Assert.True(result.Complete);
        Assert.Equal((ReceiptStatus.Revoked, 1), (result.Receipts[0].Status, result.Receipts[0].Count));
        Assert.False(await anna.IsInAsync());
        Assert.True(await bert.IsInAsync());
        using var again = new RoundcubeBrowser(webmail.Port);
        Assert.False(await again.LoginAsync("anna@x.test", "old"));
        Assert.True(await again.LoginAsync("anna@x.test", "new"));
        foreach (var system in systems)
        {
            await system.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Request_under_way_does_not_bring_the_session_back()
    {
        var absence = RoundcubeServer.Absence();
        Skip.IfNot(absence is null, absence);
        await using var mail = await RealDovecot.StartAsync([("anna@x.test", "old")]);
        await using var webmail = await RoundcubeServer.StartAsync(mail.ImapPort);
        await using var database = await SessionDatabase.OpenAsync(new StoreLocation(StoreProvider.Sqlite, webmail.DatabaseFile), new StoreOpenOptions());

        // The trap: deleted and not watched, the row is there again when the request ends.
        await using var careless = new RoundcubeAuthority(database, new RoundcubeOptions { WatchTime = TimeSpan.Zero });
        Assert.True(await IsInAfterAsync(careless, hold: 2));
        await using var careful = new RoundcubeAuthority(database);
        Assert.False(await IsInAfterAsync(careful, hold: 6));

        async Task<bool> IsInAfterAsync(RoundcubeAuthority authority, int hold)
        {
            using var browser = new RoundcubeBrowser(webmail.Port);
            Assert.True(await browser.LoginAsync("anna@x.test", "old"));
            var request = browser.HoldAsync(hold);
            await Task.Delay(700);
            var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test"));
            Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
            await request;
            return await browser.IsInAsync();
        }
    }
}
