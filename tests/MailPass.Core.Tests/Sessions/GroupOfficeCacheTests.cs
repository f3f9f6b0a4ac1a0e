using System.Net;
using MailPass.Core.Tests.Stores;
using MailPass.Sessions;
using MailPass.Sessions.GroupOffice;
using MailPass.Sessions.Sql;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Group-Office believes tokens from its cache: a receipt says Revoked only if they are known to be out of it.</summary>
public sealed class GroupOfficeCacheTests
{
    [Fact]
    public async Task Own_logout_empties_the_cache_and_is_checked()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        await using var site = new FakeGroupOffice(tables);
        site.Cache.UnionWith(["t1a", "t1b", "t2", "key1"]);
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { Address = site.Address });
        var receipts = await SessionTables.RevokeAsync(authority, "anna@x.test", "nobody@x.test");
        Assert.Equal([(ReceiptStatus.Revoked, 3), (ReceiptStatus.NoneFound, 0)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Equal(["key1", "t2"], site.Cache.Order());
        Assert.Equal(["key1", "t2", "t3", "t4"], tables.Rows("SELECT accessToken FROM core_auth_token ORDER BY 1"));
        Assert.Equal(["2"], tables.Rows("SELECT id FROM core_auth_remember_me"));

        // Each is logged out once, and looked at twice afterwards.
        Assert.Equal(["t1a", "t1b"], site.Requests.Where(request => request.StartsWith("DELETE", StringComparison.Ordinal)).Select(request => request.Split(' ')[2]).Order());
        Assert.Equal(4, site.Requests.Skip(site.Requests.FindLastIndex(request => request.StartsWith("DELETE", StringComparison.Ordinal)) + 1).Count());
    }

    [Fact]
    public async Task Remembered_browser_is_forgotten_before_logout()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        await using var site = new FakeGroupOffice(tables);

        // A remembered browser that finds itself logged out is in again at once.
        var back = 0;
        site.Before = request =>
        {
            if (request == "DELETE /go/api/auth.php t1a" && tables.Rows("SELECT 1 FROM core_auth_remember_me WHERE userId = 1").Count > 0)
            {
                tables.Execute($"INSERT INTO core_auth_token VALUES ('back{back++}', 1, '', '2030-01-01')");
            }
        };
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { Address = site.Address });
        Assert.Equal(ReceiptStatus.Revoked, Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test")).Status);
        Assert.Equal(0, back);
    }

    [Fact]
    public async Task Session_opened_meanwhile_is_ended_too()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        await using var site = new FakeGroupOffice(tables);
        site.Before = request =>
        {
            if (request == "DELETE /go/api/auth.php t1b")
            {
                tables.Execute("INSERT INTO core_auth_token VALUES ('late', 1, '', '2030-01-01')");
                site.Cache.Add("late");
                site.Before = _ => { };
            }
        };
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { Address = site.Address });
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test"));
        Assert.DoesNotContain("t1a", site.Cache);
        Assert.Empty(tables.Rows("SELECT 1 FROM core_auth_token WHERE userId = 1 AND expiresAt IS NOT NULL"));

        // Its row went with the others, so Group-Office still believes it, and the receipt must not say otherwise.
        Assert.Equal(site.Cache.Contains("late") ? ReceiptStatus.NotPurged : ReceiptStatus.Revoked, receipt.Status);
        Assert.Equal(4, receipt.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.OK)]
    public async Task Server_that_is_not_group_office_proves_nothing(HttpStatusCode answer)
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        await using var site = new FakeGroupOffice(tables) { Always = answer };
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { Address = site.Address });
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test"));
        Assert.Equal((ReceiptStatus.NotPurged, 3), (receipt.Status, receipt.Count));
        Assert.Contains("does not answer like Group-Office", receipt.Reason);
        Assert.Equal(ErrorIds.SessionNotPurged, receipt.ErrorId);
        Assert.Empty(tables.Rows("SELECT 1 FROM core_auth_token WHERE userId = 1 AND expiresAt IS NOT NULL"));
    }

    [Fact]
    public async Task Another_installation_proves_nothing()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        using var others = new SessionTables(PanelAuthorityTests.GroupOffice);
        others.Execute("DELETE FROM apikeys_key; DELETE FROM core_auth_token");
        await using var site = new FakeGroupOffice(others);
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { Address = site.Address });
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test"));
        Assert.Equal(ReceiptStatus.NotPurged, receipt.Status);
        Assert.Contains("another Group-Office", receipt.Reason);
        Assert.DoesNotContain(site.Requests, request => request.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Absent_server_leaves_the_receipt_open()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { Address = new Uri("http://127.0.0.1:1") });
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test"));
        Assert.Equal((ReceiptStatus.NotPurged, 3), (receipt.Status, receipt.Count));
        Assert.Contains("could not be asked to forget them", receipt.Reason);
    }

    [Fact]
    public async Task Tokens_never_travel_in_the_clear()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        Assert.Equal(ErrorIds.StoreTlsRequired, Assert.Throws<MailPassException>(() => new GroupOfficeAuthority(tables.Database, new() { Address = new Uri("http://go.example.org") })).ErrorId);
        Assert.Equal(ErrorIds.InputInvalid, Assert.Throws<MailPassException>(() => new GroupOfficeAuthority(tables.Database, new() { Address = new Uri("ftp://go.example.org") })).ErrorId);
        await new GroupOfficeAuthority(tables.Database, new() { Address = new Uri("http://go.example.org"), AllowPlaintext = true }).DisposeAsync();
    }

    [Fact]
    public async Task Program_is_run_after_the_deletion()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        using var folder = new TemporaryFolder();
        var file = folder["ran"];

        // One argument, which no shell must take apart.
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { AfterRevoke = ["/bin/sh", "-c", $"echo run >> '{file}'; test $# = 1", "sh", "a b; exit 3"] });
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await SessionTables.RevokeAsync(authority, "nobody@x.test")).Status);
        Assert.False(File.Exists(file));
        Assert.Equal([(ReceiptStatus.Revoked, 3), (ReceiptStatus.Revoked, 1)], (await SessionTables.RevokeAsync(authority, "anna@x.test", "bert@x.test")).Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Equal("run\n", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("echo 'no \u001b[31mright' >&2; exit 7", "failed with exit code 7: no [31mright")]
    [InlineData("exit 1", "failed with exit code 1.")]
    public async Task Program_that_fails_is_on_the_receipt(string script, string reason)
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { AfterRevoke = ["/bin/sh", "-c", script] });
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test"));
        Assert.Equal(ReceiptStatus.NotPurged, receipt.Status);
        Assert.Contains(reason, receipt.Reason);
    }

    [Fact]
    public async Task Program_that_is_missing_is_on_the_receipt()
    {
        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice);
        await using var authority = new GroupOfficeAuthority(tables.Database, new GroupOfficeOptions { AfterRevoke = ["/nonexistent/program"] });
        Assert.Contains("cannot be started", Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test")).Reason);
    }

    [Fact]
    public async Task Sogo_is_out_once_memcached_is_empty()
    {
        const string Script = "CREATE TABLE sogo_sessions_folder (c_id varchar(255) PRIMARY KEY, c_value varchar(4096), c_creationdate int, c_lastseen int); INSERT INTO sogo_sessions_folder VALUES ('1', 'x', 1, 1)";
        using var tables = new SessionTables(Script);
        await using var authority = new SogoAuthority(tables.Database, everybody: true, ["/bin/true"]);
        var receipt = Assert.Single(await SessionTables.RevokeAsync(authority, "a@x.test"));
        Assert.Equal((ReceiptStatus.Revoked, "All 1 sessions of all users were ended."), (receipt.Status, receipt.Reason));

        using var again = new SessionTables(Script);
        await using var failing = new SogoAuthority(again.Database, everybody: true, ["/bin/false"]);
        receipt = Assert.Single(await SessionTables.RevokeAsync(failing, "a@x.test"));
        Assert.Equal(ReceiptStatus.NotPurged, receipt.Status);
        Assert.Contains("exit code 1", receipt.Reason);
    }
}
