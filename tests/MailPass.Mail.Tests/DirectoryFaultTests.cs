using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Lab.Directories;
using MailPass.Lab.Processes;
using MailPass.Lab.Tls;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>Directories that disconnect, restart, refuse, limit or alter; connections that must not be trusted.</summary>
public sealed class DirectoryFaultTests
{
    private const string Helper = "cn=helpdesk,ou=people," + DirectoryServer.Base;

    private const string HelperAccess = $"access to attrs=userPassword by dn.exact=\"{Helper}\" write by anonymous auth by * none\naccess to * by dn.exact=\"{Helper}\" write by * read\n";

    private static readonly string s_helper = $"dn: {Helper}\nobjectClass: person\ncn: helpdesk\nsn: helpdesk\nuserPassword: {DirectoryServer.ManagerPassword}\n\n";

    [SkippableTheory]
    [InlineData("1.3.6.1.1.21.3", 100)]
    [InlineData("{SSHA}new3", 5)]
    public async Task Directory_answer_that_was_lost_is_settled_by_reading(string mark, int count)
    {
        var names = Enumerable.Range(0, count).Select(i => $"user{i}@alpha.example").ToArray();
        await using var server = await DirectoryTests.StartAsync(DirectoryTests.People(names));
        using var between = new CutAfter(server.Port, Encoding.ASCII.GetBytes(mark));
        await using var store = await DirectoryTests.OpenAsync(server.Location.Replace($":{server.Port}", $":{between.Port}", StringComparison.Ordinal), new StoreOpenOptions { SchemaOptions = ["transactions"] });
        var accounts = await store.FindAsync([.. names.Select(MailboxAddress.Parse)], default);

        var outcomes = await store.WriteAsync([.. accounts.Select((account, i) => new HashWrite { Account = account!, NewHash = "{SSHA}new" + i, Time = DateTimeOffset.UtcNow })], default);

        Assert.True(between.HasCut);
        Assert.All(outcomes, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        Assert.Equal(["{SSHA}new" + (count - 1)], await server.ReadAsync(DirectoryTests.Dn(names[^1]), "userPassword"));
    }

    [SkippableFact]
    public async Task Directory_that_restarts_in_mid_run_is_waited_for()
    {
        var names = Enumerable.Range(0, 300).Select(i => $"user{i}@alpha.example").ToArray();
        await using var server = await DirectoryTests.StartAsync(DirectoryTests.People(names));
        await using var store = await DirectoryTests.OpenAsync(server.Location);
        await using var run = new ChangeRun(store, new ChangeRunOptions { Settings = new HashSettings("SSHA512"), AllowAnyScheme = true });
        var restarting = Task.CompletedTask;
        var changed = 0;
        await foreach (var result in run.ExecuteAsync(names.Select(name => new ChangeRequest { Identity = name, Password = Secret.FromChars("N3w-Passw0rd!" + name) }).ToAsyncEnumerable()))
        {
            Assert.Equal(ChangeStatus.Changed, result.Status);
            if (changed++ == 20)
            {
                await server.KillAsync();
                restarting = Task.Delay(700).ContinueWith(_ => server.RestartAsync(), TaskScheduler.Default).Unwrap();
            }
        }

        await restarting;
        Assert.Equal(300, changed);
        Assert.True(await server.BindsAsync(DirectoryTests.Dn(names[299]), "N3w-Passw0rd!" + names[299]));
    }

    [SkippableFact]
    public async Task Directory_listing_survives_a_restart_without_doubles()
    {
        const int count = 5000;
        await using var server = await DirectoryTests.StartAsync(DirectoryTests.People(Enumerable.Range(0, count).Select(i => $"user{i}@alpha.example")));
        await using var store = await DirectoryTests.OpenAsync(server.Location);
        var seen = new HashSet<string>();
        await foreach (var account in store.ListAsync(new MailboxQuery(), default))
        {
            Assert.True(seen.Add(account.Address.Key));
            if (seen.Count == 1500)
            {
                await server.KillAsync();
                await server.RestartAsync();
            }
        }

        Assert.Equal(count, seen.Count);
    }

    [SkippableFact]
    public async Task Directory_that_is_gone_says_so()
    {
        string location;
        await using (var server = await DirectoryTests.StartAsync(DirectoryTests.People("anna@alpha.example")))
        {
            location = server.Location;
        }

        var fault = await Assert.ThrowsAsync<MailPassException>(() => DirectoryTests.OpenAsync(location));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.DoesNotContain(DirectoryServer.ManagerPassword, fault.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Directory_limit_ends_a_listing_with_an_error()
    {
        await using var server = await DirectoryTests.StartAsync(
            s_helper + DirectoryTests.People(Enumerable.Range(0, 700).Select(i => $"user{i}@alpha.example")),
            new DirectorySetup { Access = HelperAccess, Global = "sizelimit 500" });
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper));
        var fault = await Assert.ThrowsAsync<MailPassException>(() => store.ListAsync(new MailboxQuery(), default).ToListAsync().AsTask());
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Contains("olcLimits", fault.Remedy, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Directory_policy_gets_the_old_password_that_it_wants()
    {
        var names = Enumerable.Range(0, 40).Select(i => $"user{i}@alpha.example").ToArray();
        await using var server = await DirectoryTests.StartAsync(
            $"dn: cn=policy,{DirectoryServer.Base}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\npwdCheckQuality: 1\npwdInHistory: 3\n\n" + s_helper + DirectoryTests.People(names),
            new DirectorySetup { Access = HelperAccess, Global = "moduleload ppolicy", Database = $"overlay ppolicy\nppolicy_default \"cn=policy,{DirectoryServer.Base}\"" });
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper));
        var before = await store.FindAsync([MailboxAddress.Parse(names[0])], default);
        var results = await DirectoryTests.RunAsync(store, [.. names.Select(name => new ChangeRequest { Identity = name })]);
        Assert.All(results, result => Assert.Null(result.Message));
        Assert.True(await server.BindsAsync(DirectoryTests.Dn(names[39]), results[39].Password!.Reveal()));

        // An outdated change is still refused.
        Assert.Equal(WriteStatus.Conflict, Assert.Single(await store.WriteAsync([new HashWrite { Account = before[0]!, NewHash = "{SSHA}x", Time = DateTimeOffset.UtcNow }], default)).Status);
    }

    [SkippableFact]
    public async Task Directory_policy_is_the_reason_of_the_row()
    {
        const string policy = $"dn: cn=policy,{DirectoryServer.Base}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\npwdCheckQuality: 2\npwdMinLength: 8\n\n";
        await using var server = await DirectoryTests.StartAsync(
            policy + s_helper + DirectoryTests.People("anna@alpha.example"),
            new DirectorySetup { Access = HelperAccess, Global = "moduleload ppolicy", Database = $"overlay ppolicy\nppolicy_default \"cn=policy,{DirectoryServer.Base}\"" });
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper));
        var result = Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = "anna@alpha.example" }));
        Assert.Equal(ErrorIds.WriteFailed, result.ErrorId);
        Assert.True(result.Message!.Contains("cannot check a hash (pwdCheckQuality 2)", StringComparison.Ordinal), result.Message);
        Assert.Equal([DirectoryTests.OldHash], await server.ReadAsync(DirectoryTests.Dn("anna@alpha.example"), "userPassword"));
    }

    [SkippableFact]
    public async Task Directory_that_hashes_the_hash_gets_the_old_one_back()
    {
        const string policy = $"dn: cn=policy,{DirectoryServer.Base}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\n\n";
        var names = Enumerable.Range(0, 30).Select(i => $"user{i}@alpha.example").ToArray();
        await using var server = await DirectoryTests.StartAsync(
            policy + DirectoryTests.People(names),
            new DirectorySetup { Global = "moduleload ppolicy", Database = $"overlay ppolicy\nppolicy_default \"cn=policy,{DirectoryServer.Base}\"\nppolicy_hash_cleartext" });
        await using var store = await DirectoryTests.OpenAsync(server.Location);
        var results = await Runs.ChangeAsync(store, names.Select(name => new ChangeRequest { Identity = name, Password = Secret.FromChars("N3w-Passw0rd!") }), new ChangeRunOptions { Settings = new HashSettings("PBKDF2"), AllowAnyScheme = true });

        Assert.All(results, result => Assert.Equal(ErrorIds.WriteFailed, result.ErrorId));
        Assert.All(results, result => Assert.Contains("hashes it again", result.Message, StringComparison.Ordinal));
        foreach (var name in (string[])[names[0], names[29]])
        {
            Assert.Equal([DirectoryTests.OldHash], await server.ReadAsync(DirectoryTests.Dn(name), "userPassword"));
        }

        // The directory does not hash a scheme that it knows.
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = names[3] })).Status);
    }

    [SkippableFact]
    public async Task Directory_with_replication_and_policy_overlays_is_written()
    {
        var names = Enumerable.Range(0, 400).Select(i => $"user{i}@alpha.example").ToArray();
        await using var server = await DirectoryTests.StartAsync(
            DirectoryTests.People(names),
            new DirectorySetup { Global = "moduleload syncprov\nmoduleload ppolicy\nmoduleload memberof", Database = "overlay syncprov\nsyncprov-checkpoint 100 10\nsyncprov-sessionlog 1000\noverlay ppolicy\noverlay memberof" });
        await using var store = await DirectoryTests.OpenAsync(server.Location);
        for (var round = 0; round < 3; round++)
        {
            var results = await DirectoryTests.RunAsync(store, [.. names.Select(name => new ChangeRequest { Identity = name })]);
            Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
            Assert.True(await server.BindsAsync(DirectoryTests.Dn(names[77]), results[77].Password!.Reveal()), results[77].Password!.Reveal());
        }
    }

    [SkippableFact]
    public async Task Directory_login_that_may_not_write_changes_nothing()
    {
        await using var server = await DirectoryTests.StartAsync(
            s_helper + DirectoryTests.People("anna@alpha.example"),
            new DirectorySetup { Access = $"access to attrs=userPassword by dn.exact=\"{Helper}\" read by anonymous auth by * none\naccess to * by * read\n" });
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper));
        Assert.Equal(ErrorIds.StoreReadOnly, Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = "anna@alpha.example" })).ErrorId);
        Assert.Equal([DirectoryTests.OldHash], await server.ReadAsync(DirectoryTests.Dn("anna@alpha.example"), "userPassword"));
    }

    [SkippableFact]
    public async Task Directory_login_that_sees_no_hash_adds_no_second_password()
    {
        await using var server = await DirectoryTests.StartAsync(
            s_helper + DirectoryTests.People("anna@alpha.example"),
            new DirectorySetup { Access = $"access to attrs=userPassword by dn.exact=\"{Helper}\" =wx by anonymous auth by * none\naccess to * by * read\n" });
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper));
        Assert.Contains(store.Info.Warnings, warning => warning.Contains("userPassword", StringComparison.Ordinal));
        Assert.Equal(ChangeStatus.Failed, Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = "anna@alpha.example" })).Status);
        Assert.Equal([DirectoryTests.OldHash], await server.ReadAsync(DirectoryTests.Dn("anna@alpha.example"), "userPassword"));
    }

    [SkippableFact]
    public async Task Directory_certificate_is_verified_by_name_and_authority()
    {
        using var authority = new LabAuthority();
        using var stranger = new LabAuthority();
        var files = await authority.IssueAsync("localhost", LabTools.IsRoot ? "root" : Environment.UserName);
        await using var server = await DirectoryTests.StartAsync(DirectoryTests.People("anna@alpha.example"), new DirectorySetup { Tls = files });
        string[] good = [$"ldaps://{DirectoryServer.Manager}@localhost:{server.TlsPort}", $"ldap://{DirectoryServer.Manager}@localhost:{server.Port}"];
        foreach (var location in good)
        {
            await using var store = await DirectoryTests.OpenAsync(location, new StoreOpenOptions { AuthorityFile = authority.CaFile });
            Assert.Single(await store.ListAsync(new MailboxQuery(), default).ToListAsync());
        }

        foreach (var (location, file) in good.Select(text => (text, stranger.CaFile)).Append((good[0].Replace("localhost", "127.0.0.1", StringComparison.Ordinal), authority.CaFile)))
        {
            var fault = await Assert.ThrowsAsync<MailPassException>(() => DirectoryTests.OpenAsync(location, new StoreOpenOptions { AuthorityFile = file }));
            Assert.Equal(ErrorIds.StoreTlsRequired, fault.ErrorId);
        }
    }

    [SkippableFact]
    public async Task Directory_on_another_machine_needs_TLS_first()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(one => one.Address)
            .FirstOrDefault(one => one.AddressFamily is AddressFamily.InterNetwork && !IPAddress.IsLoopback(one));
        Skip.If(address is null, "This machine has no address but its own loopback.");
        using var listener = new TcpListener(address, 0);
        listener.Start();
        var opening = DirectoryTests.OpenAsync($"ldap://{DirectoryServer.Manager}@{address}:{((IPEndPoint)listener.LocalEndpoint).Port}/{DirectoryServer.Base}");
        using var client = await listener.AcceptTcpClientAsync();
        var buffer = new byte[4096];
        var sent = Encoding.Latin1.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer));

        // "Protocol error", as a server without TLS answers.
        await client.GetStream().WriteAsync(new byte[] { 0x30, 12, 2, 1, 1, 0x78, 7, 10, 1, 2, 4, 0, 4, 0 });
        var fault = await Assert.ThrowsAsync<MailPassException>(() => opening);
        Assert.Equal(ErrorIds.StoreTlsRequired, fault.ErrorId);
        Assert.Contains("1.3.6.1.4.1.1466.20037", sent, StringComparison.Ordinal);
        Assert.DoesNotContain(DirectoryServer.ManagerPassword, sent, StringComparison.Ordinal);
        Assert.Equal(0, await client.GetStream().ReadAsync(buffer));
    }

    [SkippableFact]
    public async Task Directory_socket_knows_the_current_user()
    {
        await using var server = await DirectoryTests.StartAsync(DirectoryTests.People("anna@alpha.example"));
        Skip.IfNot(LabTools.IsRoot, "The lab's directory knows root alone.");
        await using var store = await MailStore.OpenAsync(StoreLocation.Parse($"ldapi:///?socket={server.Socket}"), new StoreOpenOptions());
        Assert.Null(Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = "anna@alpha.example" })).Message);
    }

    [SkippableFact]
    public async Task Directory_name_without_password_is_refused()
    {
        await using var server = await DirectoryTests.StartAsync(DirectoryTests.People("anna@alpha.example"));
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(StoreLocation.Parse(server.Location), new StoreOpenOptions()));
        Assert.Equal(ErrorIds.PasswordMissing, fault.ErrorId);
    }

    [SkippableFact]
    public async Task Directory_of_100000_lists_in_flat_memory()
    {
        const int count = 100_000;
        await using var server = await DirectoryTests.StartAsync(DirectoryTests.People(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"user{i}@alpha.example"))));
        await using var store = await DirectoryTests.OpenAsync(server.Location);
        var seen = 0;
        var least = long.MaxValue;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await foreach (var _ in store.ListAsync(new MailboxQuery { Domain = "alpha.example" }, default))
        {
            if (++seen % 20_000 == 0 && seen >= 80_000)
            {
                least = Math.Min(least, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(count, seen);

        // Two sets with sixteen bytes per entry, and one page; the memory of other tests comes and goes meanwhile.
        Assert.True(least < 25_000_000, $"{least:N0} bytes are held.");
    }
}
