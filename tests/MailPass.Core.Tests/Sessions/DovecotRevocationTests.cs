using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Logging out of a real Dovecot whose authentication cache is on.</summary>
public sealed class DovecotRevocationTests
{
    [SkippableFact]
    public async Task All_connections_of_revoked_mailboxes_end_and_no_others()
    {
        var revoked = Names("gone", 10);
        var others = Names("stays", 5);
        await using var server = await RealDovecot.StartAsync(revoked.Concat(others).Select(name => (name, "old")));
        var dying = new List<ImapConnection>();
        var living = new List<(ImapConnection Connection, bool Idle)>();
        foreach (var name in revoked)
        {
            for (var i = 0; i < 5; i++)
            {
                var connection = await server.LoginAsync(name, "old");
                if (i < 2)
                {
                    await connection.IdleAsync();
                }

                dying.Add(connection);
            }
        }

        foreach (var name in others)
        {
            living.Add((await server.LoginAsync(name, "old"), false));
            var idle = await server.LoginAsync(name, "old");
            await idle.IdleAsync();
            living.Add((idle, true));
        }

        foreach (var name in revoked)
        {
            await server.SetPasswordAsync(name, "new");
        }

        // The trap itself: without a flush the old password keeps working from the cache.
        using (var stale = await server.LoginAsync(revoked[0], "old"))
        {
            Assert.True(await stale.IsAliveAsync());
        }

        await using var authority = server.Connect();
        var receipts = await authority.RevokeAsync([.. revoked.Select(MailboxAddress.Parse)]);

        Assert.All(receipts, receipt => Assert.Equal((ReceiptStatus.Revoked, null), (receipt.Status, receipt.Reason)));
        Assert.All(receipts.Skip(1), receipt => Assert.Equal(5, receipt.Count));
        Assert.Equal(revoked, receipts.Select(receipt => receipt.Mailbox.Value));
        foreach (var connection in dying)
        {
            await connection.UntilClosedAsync();
            connection.Dispose();
        }

        foreach (var (connection, idle) in living)
        {
            Assert.True(!idle || await connection.EndIdleAsync());
            Assert.True(await connection.IsAliveAsync());
            connection.Dispose();
        }

        // All at once: Dovecot gives out refusals twice a second.
        await Task.WhenAll(revoked.Select(async name =>
        {
            Assert.Null(await ImapConnection.TryLoginAsync(server.ImapPort, name, "old"));
            using var fresh = await ImapConnection.TryLoginAsync(server.ImapPort, name, "new");
            Assert.NotNull(fresh);
        }));
    }

    [SkippableFact]
    public async Task Reconnecting_client_never_logs_in_after_the_receipt()
    {
        await using var server = await RealDovecot.StartAsync([("loop@x.test", "old"), ("b@x.test", "b")]);
        using var stop = new CancellationTokenSource();
        var revoked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var logins = 0;
        var loginsAfter = 0;
        var attemptsAfter = 0;
        var loops = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var after = revoked.Task.IsCompleted;
                using var connection = await ImapConnection.TryLoginAsync(server.ImapPort, "loop@x.test", "old");
                _ = after ? Interlocked.Increment(ref attemptsAfter) : 0;
                if (connection is not null)
                {
                    Interlocked.Increment(ref logins);
                    _ = after ? Interlocked.Increment(ref loginsAfter) : 0;
                    if (!after)
                    {
                        await connection.UntilClosedAsync();
                    }
                }
            }
        })).ToArray();
        while (Volatile.Read(ref logins) < 4)
        {
            await Task.Delay(10);
        }

        await using var authority = server.Connect();
        await server.SetPasswordAsync("loop@x.test", "new");
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("loop@x.test")]));
        revoked.SetResult();
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        while (Volatile.Read(ref attemptsAfter) < 40 && Volatile.Read(ref loginsAfter) == 0)
        {
            await Task.Delay(10);
        }

        await stop.CancelAsync();
        await Task.WhenAll(loops);
        Assert.Equal(0, loginsAfter);
        Assert.Empty(await ListAsync(authority, "loop@x.test"));
    }

    [SkippableFact]
    public async Task Flush_crash_reports_NotPurged()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "old"), ("b@x.test", "b")]);
        Skip.If(server.FlushesByApi, $"Dovecot 2.4.0 to 2.4.2 do; this is {server.Version}.");
        using var revoked = await server.LoginAsync("a@x.test", "old");
        using var living = await server.LoginAsync("b@x.test", "b");
        await server.SetPasswordAsync("a@x.test", "new");
        await using var authority = server.ConnectAnyway();
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        Assert.Equal((ReceiptStatus.NotPurged, 1), (receipt.Status, receipt.Count));
        Assert.Contains("may still take the old password", receipt.Reason);
        Assert.False(await revoked.IsAliveAsync());
        Assert.True(await living.IsAliveAsync());
        (await server.LoginAsync("a@x.test", "old")).Dispose();

        // The program does what the API cannot.
        await using var local = DovecotAuthority.Local(new DovecotProgram { Arguments = ["-c", server.ConfigurationFile] });
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await local.RevokeAsync([MailboxAddress.Parse("a@x.test")])).Status);
        Assert.Null(await ImapConnection.TryLoginAsync(server.ImapPort, "a@x.test", "old"));
    }

    [SkippableFact]
    public async Task Sessions_are_listed_as_the_server_has_them()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "a"), ("b@x.test", "b")]);
        using var first = await server.LoginAsync("A@X.test", "a");
        using var second = await server.LoginAsync("b@x.test", "b");
        using var third = await server.LoginAsync("b@x.test", "b");
        await using var authority = server.ConnectAnyway();

        var all = await ListAsync(authority);
        Assert.Equal(["a@x.test", "b@x.test", "b@x.test"], all.Select(session => session.Mailbox.Key).Order());
        Assert.All(all, session => Assert.Equal(($"Dovecot localhost:{server.DoveadmPort}", "imap", "127.0.0.1"), (session.System, session.Service, session.ClientAddress)));
        Assert.Equal(3, all.Select(session => session.Id).Distinct().Count());
        Assert.Single(await ListAsync(authority, "a@x.test", "nobody@x.test"));
        Assert.Empty(await ListAsync(authority, "?@x.test"));
    }

    [SkippableFact]
    public async Task New_password_refused_before_the_change_works_after_it()
    {
        // "Early change": the refusal is cached as well, and would last until it expires.
        await using var server = await RealDovecot.StartAsync([("a@x.test", "old")]);
        Assert.Null(await ImapConnection.TryLoginAsync(server.ImapPort, "a@x.test", "new"));
        await server.SetPasswordAsync("a@x.test", "new");
        await using var authority = server.Connect();
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")])).Status);
        using var fresh = await server.LoginAsync("a@x.test", "new");
    }

    [SkippableTheory]
    [InlineData(WholeCacheFlush.Always)]
    [InlineData(WholeCacheFlush.WhenNeeded)]
    public async Task Cache_keyed_by_spelling_lets_no_other_spelling_in(WholeCacheFlush wholeCache)
    {
        // With auth_username_format empty, "A@X.test" has its own cache entry, which a flush of "a@x.test" does not find.
        await using var server = await RealDovecot.StartAsync([("a@x.test", "old"), ("b@x.test", "b")], setup => setup with { Extra = "auth_username_format =" });
        (await server.LoginAsync("A@X.test", "old")).Dispose();
        await server.SetPasswordAsync("a@x.test", "new");
        await using var authority = server.Connect(new DovecotOptions { WholeCache = wholeCache });
        using var stop = new CancellationTokenSource();
        using var attacker = await server.LoginAsync("A@X.test", "old");
        var loop = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var again = await ImapConnection.TryLoginAsync(server.ImapPort, "A@X.test", "old");
                await (again?.UntilClosedAsync() ?? Task.CompletedTask);
            }
        });
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        await stop.CancelAsync();
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        Assert.Null(await ImapConnection.TryLoginAsync(server.ImapPort, "A@X.test", "old"));
        await loop;
    }

    [SkippableFact]
    public async Task A_master_user_of_the_domain_is_logged_out_of_every_mailbox()
    {
        await using var server = await RealDovecot.StartAsync([("owner@x.test", "old"), ("victim@x.test", "v"), ("other@y.test", "o")]);
        await server.MakeOwnerAsync("owner@x.test");
        using var visiting = await server.LoginAsync("victim@x.test*owner@x.test", "old");
        using var elsewhere = await server.LoginAsync("other@y.test", "o");
        await server.SetPasswordAsync("owner@x.test", "new");

        await using var plain = server.Connect();
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await plain.RevokeAsync([MailboxAddress.Parse("owner@x.test")])).Status);
        Assert.True(await visiting.IsAliveAsync());

        await using var authority = server.Connect(new DovecotOptions { IsDomainOwner = mailbox => mailbox.LocalPart == "owner" });
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("owner@x.test")]));
        Assert.Equal((ReceiptStatus.Revoked, 1), (receipt.Status, receipt.Count));
        Assert.False(await visiting.IsAliveAsync());
        Assert.True(await elsewhere.IsAliveAsync());
        Assert.Null(await ImapConnection.TryLoginAsync(server.ImapPort, "victim@x.test*owner@x.test", "old"));
    }

    [SkippableFact]
    public async Task A_mailbox_that_shares_a_process_is_named_as_cut_off()
    {
        await using var server = await RealDovecot.StartAsync(
            [("a@x.test", "a"), ("b@x.test", "b")],
            setup => setup with { SharedImapProcess = true });
        using var revoked = await server.LoginAsync("a@x.test", "a");
        using var bystander = await server.LoginAsync("b@x.test", "b");
        await using var authority = server.Connect();
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        Assert.Contains("served 1 other mailboxes", receipt.Reason);
    }

    [SkippableFact]
    public async Task A_hibernated_connection_ends_and_its_neighbours_are_named()
    {
        await using var server = await RealDovecot.StartAsync(
            [("a@x.test", "a"), ("b@x.test", "b")],
            setup => setup with
            {
                Extra = """
                    imap_hibernate_timeout = 1s
                    service imap {
                      unix_listener imap-master {
                        mode = 0666
                      }
                    }
                    service imap-hibernate {
                      unix_listener imap-hibernate {
                        mode = 0666
                      }
                    }
                    """,
            });
        using var revoked = await server.LoginAsync("a@x.test", "a");
        using var bystander = await server.LoginAsync("b@x.test", "b");
        await revoked.IdleAsync();
        await bystander.IdleAsync();
        await using var authority = server.Connect();
        while ((await ListAsync(authority)).Select(session => session.Id).Distinct().Count() > 1)
        {
            await Task.Delay(100);
        }

        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        Assert.Contains("served 1 other mailboxes", receipt.Reason);
        await revoked.UntilClosedAsync();
    }

    [SkippableFact]
    public async Task A_proxys_connections_end_on_the_proxy()
    {
        await using var backend = await RealDovecot.StartAsync([("a@x.test", "a"), ("b@x.test", "b")]);
        await using var proxy = await RealDovecot.StartAsync([], setup => setup with { ProxyTo = backend.ImapPort, Passwords = [] });
        using var revoked = await proxy.LoginAsync("a@x.test", "a");
        using var living = await proxy.LoginAsync("b@x.test", "b");
        await using var authority = proxy.Connect(new DovecotOptions { Role = DovecotRole.Proxy });
        Assert.Equal("127.0.0.1", Assert.Single(await ListAsync(authority, "a@x.test")).ClientAddress);
        var receipts = await authority.RevokeAsync([MailboxAddress.Parse("a@x.test"), MailboxAddress.Parse("nobody@x.test")]);
        Assert.Equal([(ReceiptStatus.Revoked, 1), (ReceiptStatus.NoneFound, 0)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.False(await revoked.IsAliveAsync());
        Assert.True(await living.IsAliveAsync());
    }

    [SkippableFact]
    public async Task Tls_is_verified()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "a")], setup => setup with { ApiOverTls = true });
        using var session = await server.LoginAsync("a@x.test", "a");
        await using (var distrustful = server.Connect(tls: true))
        {
            var refusal = Assert.Single(await distrustful.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
            Assert.Equal(ReceiptStatus.Unreachable, refusal.Status);
            Assert.Contains("certificate is not trusted", refusal.Reason);
            Assert.True(await session.IsAliveAsync());
        }

        await using var authority = server.Connect(new DovecotOptions { TrustedRoots = [server.Certificate] }, tls: true);
        Assert.Equal(ReceiptStatus.Revoked, Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")])).Status);
    }

    [SkippableFact]
    public async Task A_wrong_key_is_reported_at_once()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "a")]);
        await using var authority = server.ConnectAnyway(key: "wrong");
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("HTTP 401", receipt.Reason);
    }

    [SkippableFact]
    public async Task Concurrent_revocations_of_one_mailbox_all_succeed()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "a")]);
        using var session = await server.LoginAsync("a@x.test", "a");
        await using var authority = server.Connect(new DovecotOptions { MaxRequestsInFlight = 1 });
        var receipts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]).AsTask()));
        Assert.All(receipts, receipt => Assert.Contains(Assert.Single(receipt).Status, new[] { ReceiptStatus.Revoked, ReceiptStatus.NoneFound }));
        Assert.Contains(receipts, receipt => receipt[0].Status == ReceiptStatus.Revoked);
        Assert.False(await session.IsAliveAsync());
    }

    [SkippableFact]
    public async Task The_local_program_does_the_same_without_the_api()
    {
        string[] gone = ["-a@x.test", "b'; touch x@x.test", "$(id)@x.test"];
        await using var server = await RealDovecot.StartAsync(gone.Append("stays@x.test").Select(name => (name, "old")), setup => setup with { Extra = "auth_username_chars =" });
        var program = new DovecotProgram { Arguments = ["-c", server.ConfigurationFile] };
        await using var authority = DovecotAuthority.Local(program);
        var connections = new List<ImapConnection>();
        foreach (var name in gone)
        {
            connections.Add(await server.LoginAsync(name, "old"));
            await server.SetPasswordAsync(name, "new");
        }

        using var living = await server.LoginAsync("stays@x.test", "old");
        var mailboxes = gone.Where(name => MailboxAddress.TryParse(name, out _, out _)).Select(MailboxAddress.Parse).ToList();
        Assert.Contains(mailboxes, mailbox => mailbox.Value == "-a@x.test");
        var receipts = await authority.RevokeAsync([.. mailboxes, MailboxAddress.Parse("nobody@x.test")]);
        Assert.All(receipts.SkipLast(1), receipt => Assert.Equal((ReceiptStatus.Revoked, 1, null), (receipt.Status, receipt.Count, receipt.Reason)));
        Assert.Equal(ReceiptStatus.NoneFound, receipts[^1].Status);
        foreach (var mailbox in mailboxes)
        {
            Assert.Null(await ImapConnection.TryLoginAsync(server.ImapPort, mailbox.Value, "old"));
        }

        Assert.True(await living.IsAliveAsync());
        connections.ForEach(connection => connection.Dispose());
    }

    [SkippableFact]
    public async Task The_local_program_reports_its_faults()
    {
        Skip.If(LabTools.Find("doveadm") is null, "doveadm is not installed (Debian package dovecot-core).");
        var quick = new DovecotOptions { RetryDelay = TimeSpan.Zero };
        await using var missing = DovecotAuthority.Local(new DovecotProgram { Path = "/nonexistent/doveadm" }, quick);
        var receipt = Assert.Single(await missing.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("cannot be started", receipt.Reason);

        await using var stopped = DovecotAuthority.Local(new DovecotProgram { Arguments = ["-c", "/nonexistent/dovecot.conf"] }, quick);
        receipt = Assert.Single(await stopped.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("exit code", receipt.Reason);
    }

    internal static List<string> Names(string prefix, int count) => [.. Enumerable.Range(0, count).Select(i => $"{prefix}{i}@x.test")];

    internal static Task<List<MailboxSession>> ListAsync(DovecotAuthority authority, params string[] mailboxes) => SessionTables.ListAsync(authority, mailboxes);
}
