using System.Net;
using System.Net.Sockets;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;
using MailPass.Sessions.GroupOffice;
using MailPass.Sessions.Sql;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Servers that are down, slow or faulty, and versions other than the installed one.</summary>
public sealed class ScriptedDoveadmTests
{
    private static readonly DovecotOptions Quick = new()
    {
        RetryDelay = TimeSpan.FromMilliseconds(1),
        SettleTime = TimeSpan.FromMilliseconds(2),
        Attempts = 3,
        Rounds = 3,
    };

    [Theory]
    [InlineData("2.3")]
    [InlineData("2.4.5")]
    public async Task Every_version_is_logged_out_by_its_own_commands(string version)
    {
        await using var server = new ScriptedDoveadm { Version = version };
        server.Add("a@x.test");
        server.Add("A@x.test", "submission");
        server.Add("b@x.test");
        server.Cache.UnionWith(["a@x.test", "b@x.test", "c@x.test"]);

        var receipts = await RevokeAsync(server, Quick, "a@x.test", "c@x.test");

        Assert.Equal([(ReceiptStatus.Revoked, 2), (ReceiptStatus.NoneFound, 0)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Equal(["b@x.test"], server.Live());
        Assert.Equal(["b@x.test"], server.Cache);
        Assert.All(
            server.Commands.Where(command => command.Contains("authCacheFlush")),
            command => Assert.Contains(version == "2.4.5" ? "\"userMask\":[" : "\"user\":[", command));
    }

    [Theory]
    [InlineData(WholeCacheFlush.Never)]
    [InlineData(WholeCacheFlush.WhenNeeded)]
    [InlineData(WholeCacheFlush.Always)]
    public async Task A_version_that_crashes_on_every_flush_is_recognised(WholeCacheFlush wholeCache)
    {
        await using var server = new ScriptedDoveadm { Version = "2.4.1" };
        for (var i = 0; i < 300; i++)
        {
            server.Add($"m{i}@x.test");
        }

        server.Add("stays@x.test");
        await using var authority = Connect(server.Port, Quick with { WholeCache = wholeCache });
        var mailboxes = Enumerable.Range(0, 300).Select(i => MailboxAddress.Parse($"m{i}@x.test")).ToList();
        var receipts = await authority.RevokeAsync(mailboxes);
        Assert.All(receipts, receipt => Assert.Equal((ReceiptStatus.NotPurged, 1), (receipt.Status, receipt.Count)));
        Assert.All(receipts, receipt => Assert.Contains("Dovecot 2.4.0 to 2.4.2", receipt.Reason));
        Assert.Equal(["stays@x.test"], server.Live());

        // Its doveadm writes a report of each death, so it is not sent to it again and again.
        Assert.Equal(2, server.Commands.Count(command => command.Contains("authCacheFlush")));

        server.Version = "2.4.5";
        Assert.Equal(ReceiptStatus.NoneFound, (await authority.RevokeAsync(mailboxes))[0].Status);
    }

    [Fact]
    public async Task A_request_never_asks_for_the_connection_to_be_closed()
    {
        await using var server = new ScriptedDoveadm();
        server.Add("a@x.test");
        await RevokeAsync(server, Quick, "a@x.test");
        Assert.All(server.Requests, head => Assert.DoesNotContain("connection: close", head, StringComparison.OrdinalIgnoreCase));
        Assert.All(server.Requests, head => Assert.Contains("Authorization: X-Dovecot-API a2V5", head));
    }

    [Fact]
    public async Task The_password_is_sent_as_basic_authentication()
    {
        await using var server = new ScriptedDoveadm();
        using var secret = Secret.FromChars("pässword");
        using var credential = DovecotCredential.Password(secret);
        await using var authority = DovecotAuthority.Connect(new Uri($"http://127.0.0.1:{server.Port}"), credential, Quick);
        await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]);
        Assert.All(server.Requests, head => Assert.Contains("Authorization: Basic " + Convert.ToBase64String("doveadm:pässword"u8), head));
    }

    [Fact]
    public async Task Server_that_is_down_is_retried_and_reported_per_mailbox()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var authority = Connect(port, Quick);
        var receipts = await authority.RevokeAsync([MailboxAddress.Parse("a@x.test"), MailboxAddress.Parse("b@x.test")]);
        Assert.Equal(["a@x.test", "b@x.test"], receipts.Select(receipt => receipt.Mailbox.Value));
        Assert.All(receipts, receipt => Assert.Equal(ReceiptStatus.Unreachable, receipt.Status));
        Assert.All(receipts, receipt => Assert.Contains("cannot be connected to", receipt.Reason));
        var fault = await Assert.ThrowsAsync<MailPassException>(() => DovecotRevocationTests.ListAsync(authority));
        Assert.Equal(ErrorIds.SessionAuthorityUnreachable, fault.ErrorId);
    }

    [Fact]
    public async Task A_wrong_key_is_tried_once_only()
    {
        await using var server = new ScriptedDoveadm { Script = (_, _) => Mischief.Http401 };
        var receipt = Assert.Single(await RevokeAsync(server, Quick, "a@x.test"));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("HTTP 401", receipt.Reason);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(nameof(Mischief.Http500))]
    [InlineData(nameof(Mischief.NoAnswer))]
    [InlineData(nameof(Mischief.HalfAnAnswer))]
    [InlineData(nameof(Mischief.Html))]
    [InlineData(nameof(Mischief.EmptyList))]
    public async Task One_bad_answer_is_requested_again(string mischief)
    {
        // Each request of the exchange in turn is the one that goes wrong. (An empty list of commands is not an API.)
        for (var bad = mischief == nameof(Mischief.EmptyList) ? 1 : 0; bad < 6; bad++)
        {
            var badNow = bad;
            await using var server = new ScriptedDoveadm { Script = (number, _) => number == badNow ? Enum.Parse<Mischief>(mischief) : Mischief.None };
            server.Add("a@x.test");
            server.Add("b@x.test");
            server.Add("stays@x.test");
            var receipts = await RevokeAsync(server, Quick, "a@x.test", "b@x.test");
            Assert.All(receipts, receipt => Assert.Equal((ReceiptStatus.Revoked, 1, null), (receipt.Status, receipt.Count, receipt.Reason)));
            Assert.Equal(["stays@x.test"], server.Live());
        }
    }

    [Theory]
    [InlineData(nameof(Mischief.Http500), "HTTP 500")]
    [InlineData(nameof(Mischief.NoAnswer), "without an answer")]
    [InlineData(nameof(Mischief.HalfAnAnswer), "breaks off")]
    [InlineData(nameof(Mischief.EmptyList), "without an answer")]
    public async Task A_server_that_answers_badly_for_good_is_given_up(string mischief, string reason)
    {
        await using var server = new ScriptedDoveadm { Script = (number, _) => number == 0 ? Mischief.None : Enum.Parse<Mischief>(mischief) };
        server.Add("m1@x.test");
        var receipts = await RevokeAsync(server, Quick, [.. Enumerable.Range(0, 300).Select(i => $"m{i}@x.test")]);
        Assert.Equal(300, receipts.Count);
        Assert.All(receipts, receipt => Assert.Equal(ReceiptStatus.Unreachable, receipt.Status));
        Assert.All(receipts, receipt => Assert.Contains(reason, receipt.Reason));
        Assert.InRange(server.Requests.Count, 2, 200);
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up_after_the_timeout()
    {
        await using var server = new ScriptedDoveadm { Script = (_, _) => Mischief.Hang };
        var receipt = Assert.Single(await RevokeAsync(server, Quick with { RequestTimeout = TimeSpan.FromMilliseconds(100) }, "a@x.test"));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("No answer within 0.1 s", receipt.Reason);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Dead_server_does_not_delay_every_batch_and_is_found_again()
    {
        await using var server = new ScriptedDoveadm { Script = (_, _) => Mischief.Http500 };
        server.Add("a@x.test");
        var mailbox = MailboxAddress.Parse("a@x.test");
        await using (var patient = Connect(server.Port, Quick with { DownPause = TimeSpan.FromHours(1) }))
        {
            for (var batch = 0; batch < 5; batch++)
            {
                var receipt = Assert.Single(await patient.RevokeAsync([mailbox]));
                Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
                Assert.Contains("HTTP 500", receipt.Reason);
            }
        }

        // Three attempts for the first batch, none for the others. When the pause is over: one at a time.
        Assert.Equal(3, server.Requests.Count);
        await using var authority = Connect(server.Port, Quick with { DownPause = TimeSpan.Zero });
        await authority.RevokeAsync([mailbox]);
        await authority.RevokeAsync([mailbox]);
        Assert.Equal(3 + 3 + 1, server.Requests.Count);
        server.Script = (_, _) => Mischief.None;
        Assert.Equal(ReceiptStatus.Revoked, Assert.Single(await authority.RevokeAsync([mailbox])).Status);
    }

    [Fact]
    public async Task A_slow_server_is_waited_for()
    {
        await using var server = new ScriptedDoveadm { Script = (_, _) => Mischief.Slow };
        server.Add("a@x.test");
        Assert.Equal(ReceiptStatus.Revoked, Assert.Single(await RevokeAsync(server, Quick, "a@x.test")).Status);
    }

    [Fact]
    public async Task The_key_does_not_follow_a_redirect()
    {
        await using var server = new ScriptedDoveadm { Script = (_, _) => Mischief.Redirect };
        var receipt = Assert.Single(await RevokeAsync(server, Quick, "a@x.test"));
        Assert.Equal((ReceiptStatus.Unreachable, "There is no doveadm API at this address (HTTP 302)."), (receipt.Status, receipt.Reason));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Cluster_is_complete_only_when_each_server_confirms()
    {
        await using var good = new ScriptedDoveadm();
        await using var bad = new ScriptedDoveadm { Script = (_, _) => Mischief.Http500 };
        good.Add("a@x.test");
        await using var first = Connect(good.Port, Quick);
        await using var second = Connect(bad.Port, Quick);
        var result = Assert.Single(await SessionSystems.RevokeAsync([first, second], [MailboxAddress.Parse("a@x.test")], RevocationScope.Everything));
        Assert.False(result.Complete);
        Assert.Equal(1, result.Count);
        Assert.Equal([ReceiptStatus.Revoked, ReceiptStatus.Unreachable], result.Receipts.Select(receipt => receipt.Status));
        Assert.Equal([$"Dovecot 127.0.0.1:{good.Port}", $"Dovecot 127.0.0.1:{bad.Port}"], result.Receipts.Select(receipt => receipt.System));

        good.Add("b@x.test");
        var seen = new List<string>();
        await Assert.ThrowsAsync<MailPassException>(async () =>
        {
            await foreach (var session in SessionSystems.ListAsync([second, first], null, RevocationScope.Everything))
            {
                seen.Add(session.Mailbox.Value);
            }
        });
        Assert.Equal(["b@x.test"], seen);
    }

    [Fact]
    public async Task A_command_that_kills_the_worker_costs_its_own_mailbox_only()
    {
        await using var server = new ScriptedDoveadm { PoisonName = "m37@x.test" };
        var names = Enumerable.Range(0, 100).Select(i => $"m{i}@x.test").ToArray();
        foreach (var name in names)
        {
            server.Add(name);
        }

        var receipts = await RevokeAsync(server, Quick with { Rounds = 2 }, names);
        Assert.All(receipts.Where(receipt => receipt.Mailbox.Value != "m37@x.test"), receipt => Assert.Equal((ReceiptStatus.Revoked, 1), (receipt.Status, receipt.Count)));
        Assert.Equal(ReceiptStatus.Unreachable, receipts[37].Status);
        Assert.Contains("Live sessions: 1", receipts[37].Reason);
        Assert.Equal(["m37@x.test"], server.Live());
    }

    [Fact]
    public async Task Flush_lines_stay_short_enough_to_be_heard()
    {
        await using var server = new ScriptedDoveadm();
        var names = Enumerable.Range(0, 500).Select(i => $"{new string('m', 1 + (i % 60))}{i}@x.test").ToArray();
        server.Cache.UnionWith(names);
        server.Cache.Add("stays@x.test");
        var receipts = await RevokeAsync(server, Quick, names);
        Assert.All(receipts, receipt => Assert.Equal(ReceiptStatus.NoneFound, receipt.Status));
        Assert.Equal(["stays@x.test"], server.Cache);
    }

    [Fact]
    public async Task A_flush_without_a_count_is_not_believed()
    {
        await using var server = new ScriptedDoveadm { FlushWithoutCount = true };
        var receipt = Assert.Single(await RevokeAsync(server, Quick, "a@x.test"));
        Assert.Equal(ReceiptStatus.Unreachable, receipt.Status);
        Assert.Contains("has no count", receipt.Reason);
    }

    [Fact]
    public async Task No_more_requests_are_in_flight_than_allowed()
    {
        await using var server = new ScriptedDoveadm { Script = (_, _) => Mischief.Slow };
        var names = Enumerable.Range(0, 400).Select(i => $"m{i}@x.test").ToArray();
        await RevokeAsync(server, Quick with { MaxRequestsInFlight = 3, MaxCommandsPerRequest = 1 }, names);
        Assert.Equal(3, server.MostInFlight);
    }

    [Theory]
    [InlineData("2.3")]
    [InlineData("2.4.5")]
    public async Task Wildcards_never_reach_a_mask(string version)
    {
        // The scripted server fails the test if a mask contains one.
        await using var server = new ScriptedDoveadm { Version = version };
        foreach (var name in new[] { "*@x.test", "a?@x.test", "ab@x.test", "b@x.test" })
        {
            server.Add(name);
        }

        var receipts = await RevokeAsync(server, Quick, "*@x.test", "a?@x.test", "b@x.test");
        Assert.All(receipts.Take(2), receipt => Assert.Contains("wildcard", receipt.Reason));
        Assert.All(receipts.Take(2), receipt => Assert.Equal(version == "2.3" ? ReceiptStatus.NotPurged : ReceiptStatus.Unreachable, receipt.Status));
        Assert.Equal(ReceiptStatus.Revoked, receipts[2].Status);
        Assert.Equal(["*@x.test", "a?@x.test", "ab@x.test"], server.Live());
        Assert.DoesNotContain(server.Commands, command => command.Contains("userMask") && (command.Contains('*') || command.Contains('?')));
    }

    [Fact]
    public async Task Returning_client_is_reported_and_the_whole_cache_emptied()
    {
        await using var server = new ScriptedDoveadm { Returning = ["a@x.test"] };
        server.Add("a@x.test");
        server.Cache.Add("imap:a@x.test");
        var receipt = Assert.Single(await RevokeAsync(server, Quick, "a@x.test"));
        Assert.Equal(ReceiptStatus.NotPurged, receipt.Status);
        Assert.Contains("logging in again (1 live)", receipt.Reason);
        Assert.Equal(3, receipt.Count);
        Assert.Empty(server.Cache);
    }

    [Fact]
    public async Task Login_after_the_second_flush_is_kicked_and_checked_twice()
    {
        await using var server = new ScriptedDoveadm();
        server.Add("a@x.test");
        var flushes = 0;
        server.Script = (_, request) =>
        {
            if (request.Contains("authCacheFlush", StringComparison.Ordinal) && ++flushes == 2)
            {
                server.Add("a@x.test");
            }

            return Mischief.None;
        };
        var receipt = Assert.Single(await RevokeAsync(server, Quick with { WholeCache = WholeCacheFlush.Never }, "a@x.test"));
        Assert.Equal((ReceiptStatus.Revoked, 2), (receipt.Status, receipt.Count));
        Assert.Equal(["flush", "who", "kick", "who", "flush", "who", "flush", "kick", "who", "flush", "who"], Verbs(server));
    }

    [Fact]
    public async Task Spelling_of_the_servers_own_is_flushed_before_its_kick()
    {
        await using var server = new ScriptedDoveadm();
        server.Add("A@X.test");
        Assert.Equal(ReceiptStatus.Revoked, Assert.Single(await RevokeAsync(server, Quick, "a@x.test")).Status);
        Assert.Equal(["flush", "who", "flush", "kick", "who", "flush", "who"], Verbs(server));
        Assert.Contains("A@X.test", server.Commands.Where(command => command.Contains("authCacheFlush")).ElementAt(1));
    }

    private static IEnumerable<string> Verbs(ScriptedDoveadm server) =>
        server.Commands.Select(command => command.Contains("authCacheFlush") ? "flush" : command.Contains("\"kick\"") ? "kick" : command.Contains("\"who\"") ? "who" : command);

    [Fact]
    public async Task The_whole_cache_stays_where_it_must()
    {
        await using var server = new ScriptedDoveadm { Returning = ["a@x.test"] };
        server.Add("a@x.test");
        server.Cache.Add("imap:a@x.test");
        await RevokeAsync(server, Quick with { WholeCache = WholeCacheFlush.Never }, "a@x.test");
        Assert.Equal(["imap:a@x.test"], server.Cache);
    }

    [Theory]
    [InlineData("2.3")]
    [InlineData("2.4.5")]
    public async Task The_whole_cache_is_emptied_at_once_on_request(string version)
    {
        await using var server = new ScriptedDoveadm { Version = version };
        server.Cache.UnionWith(["imap:a@x.test", "other@x.test"]);
        var receipt = Assert.Single(await RevokeAsync(server, Quick with { WholeCache = WholeCacheFlush.Always }, "a@x.test"));
        Assert.Equal(ReceiptStatus.NoneFound, receipt.Status);
        Assert.Empty(server.Cache);

        // Leaving the parameter out would kill the worker of 2.3; 2.4.3 wants just that.
        Assert.All(
            server.Commands.Where(command => command.Contains("authCacheFlush")),
            command => Assert.Contains(version == "2.3" ? "{\"user\":[]}" : "{}", command));
    }

    [Fact]
    public async Task A_session_that_does_not_end_is_named()
    {
        await using var server = new ScriptedDoveadm { Undying = ["a@x.test"] };
        server.Add("a@x.test");
        var receipt = Assert.Single(await RevokeAsync(server, Quick, "a@x.test"));
        Assert.Equal((ReceiptStatus.NotPurged, 0, "1 sessions did not end when told to."), (receipt.Status, receipt.Count, receipt.Reason));
    }

    [Fact]
    public async Task Forbidden_commands_are_named_despite_missing_commas()
    {
        await using var server = new ScriptedDoveadm { Forbidden = ["authCacheFlush"] };
        var receipts = await RevokeAsync(server, Quick, [.. Enumerable.Range(0, 200).Select(i => $"m{i}@x.test")]);
        Assert.All(receipts, receipt => Assert.Equal(ReceiptStatus.Unreachable, receipt.Status));
        Assert.All(receipts, receipt => Assert.Contains("doveadm_allowed_commands", receipt.Reason));
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task A_domain_owner_takes_the_domain_along()
    {
        await using var server = new ScriptedDoveadm();
        foreach (var name in new[] { "owner@x.test", "a@x.test", "b@x.test", "c@y.test" })
        {
            server.Add(name);
        }

        var receipts = await RevokeAsync(server, Quick with { IsDomainOwner = mailbox => mailbox.LocalPart == "owner" }, "owner@x.test", "b@x.test");
        Assert.Equal([2, 1], receipts.Select(receipt => receipt.Count));
        Assert.Contains("master user of the domain", receipts[0].Reason);
        Assert.Null(receipts[1].Reason);
        Assert.Equal(["c@y.test"], server.Live());
    }

    [Fact]
    public async Task A_domain_owner_known_by_another_system_ends_the_domain()
    {
        await using var server = new ScriptedDoveadm();
        foreach (var name in new[] { "a@x.test", "b@x.test", "c@y.test" })
        {
            server.Add(name);
        }

        using var tables = new SessionTables(PanelAuthorityTests.GroupOffice + "INSERT INTO community_maildomains_mailbox (username, domainOwner) VALUES ('owner@x.test', 1), ('c@y.test', 0);");
        await using var groupOffice = new GroupOfficeAuthority(tables.Database);
        await using var dovecot = Connect(server.Port, Quick);
        var result = Assert.Single(await SessionSystems.RevokeAsync([dovecot, groupOffice], [MailboxAddress.Parse("Owner@x.test")], RevocationScope.Everything));
        Assert.Equal((ReceiptStatus.Revoked, 2), (result.Receipts[0].Status, result.Receipts[0].Count));
        Assert.Equal(["c@y.test"], server.Live());

        // A system that cannot be asked for owners cannot be asked for anything else, and reports it.
        var database = tables.Database;
        database.Connecting = () => throw new MailPassException(ErrorIds.StoreUnreachable, "gone");
        await using var away = new GroupOfficeAuthority(database);
        result = Assert.Single(await SessionSystems.RevokeAsync([dovecot, away], [MailboxAddress.Parse("c@y.test")], RevocationScope.Everything));
        Assert.Equal([ReceiptStatus.Revoked, ReceiptStatus.Unreachable], result.Receipts.Select(receipt => receipt.Status));
    }

    [Fact]
    public async Task One_service_alone_picks_the_mailboxes_that_use_it()
    {
        await using var server = new ScriptedDoveadm();
        server.Add("a@x.test", "imap");
        server.Add("a@x.test", "submission");
        server.Add("b@x.test", "submission");
        await using var authority = Connect(server.Port, Quick);
        var receipts = await authority.RevokeAsync([MailboxAddress.Parse("a@x.test"), MailboxAddress.Parse("b@x.test")], new RevocationScope { Services = ["IMAP"] });
        Assert.Equal([(ReceiptStatus.Revoked, 1), (ReceiptStatus.NoneFound, 0)], receipts.Select(receipt => (receipt.Status, receipt.Count)));
        Assert.Contains("submission ended too", receipts[0].Reason);
        Assert.Equal(["b@x.test"], server.Live());
    }

    [Fact]
    public async Task Mailboxes_in_the_kicked_process_are_counted()
    {
        await using var server = new ScriptedDoveadm();
        server.Add("a@x.test", process: 7);
        server.Add("b@x.test", process: 7);
        server.Add("c@x.test", process: 8);
        var receipt = Assert.Single(await RevokeAsync(server, Quick, "a@x.test"));
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        Assert.Contains("served 1 other mailboxes", receipt.Reason);
    }

    [Fact]
    public async Task Capabilities_of_an_upgraded_server_are_read_again()
    {
        await using var server = new ScriptedDoveadm();
        await using var authority = Connect(server.Port, Quick);
        var mailbox = MailboxAddress.Parse("a@x.test");
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await authority.RevokeAsync([mailbox])).Status);
        server.Version = "2.4.5";
        await authority.RevokeAsync([mailbox]);
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await authority.RevokeAsync([mailbox])).Status);
        Assert.Equal(2, server.Requests.Count(head => head.StartsWith("GET", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("imap", true)]
    [InlineData("IMAP-hibernate", true)]
    [InlineData("imapx", false)]
    [InlineData("submission", false)]
    public void A_services_helpers_belong_to_it(string service, bool included)
    {
        Assert.Equal(included, new RevocationScope { Services = ["Imap"] }.Includes(service));
        Assert.True(RevocationScope.Everything.Includes(service));
    }

    [Theory]
    [InlineData("2.3", "\"user\":[\"a@x.test\"]")]
    [InlineData("2.4.5", "\"mask\":[\"a@x.test\"]")]
    public async Task A_proxy_is_asked_for_its_own_connections(string version, string parameter)
    {
        await using var server = new ScriptedDoveadm { Version = version };
        server.Add("a@x.test");
        await using var authority = Connect(server.Port, Quick with { Role = DovecotRole.Proxy });
        Assert.Equal("192.0.2.7", Assert.Single(await DovecotRevocationTests.ListAsync(authority)).ClientAddress);
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")]));
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        Assert.Contains(server.Commands, command => command.Contains("proxyKick") && command.Contains(parameter));
        Assert.DoesNotContain(server.Commands, command => command.Contains("\"who\"") || command.Contains("\"kick\""));
    }

    [Fact]
    public async Task Names_without_a_domain_are_taken_into_the_default_one()
    {
        await using var server = new ScriptedDoveadm();
        server.Add("anna");
        server.Cache.Add("anna");
        var receipt = Assert.Single(await RevokeAsync(server, Quick with { DefaultDomain = "x.test" }, "anna@x.test"));
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        Assert.Empty(server.Cache);
        Assert.Empty(server.Live());
    }

    [Fact]
    public async Task A_stop_leaves_a_receipt_that_says_so()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new ScriptedDoveadm { Returning = ["a@x.test"] };
        server.Script = (number, _) =>
        {
            if (number == 3)
            {
                stop.Cancel();
            }

            return Mischief.None;
        };
        server.Add("a@x.test");
        await using var authority = Connect(server.Port, Quick with { Rounds = int.MaxValue });
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("a@x.test")], stop.Token));
        Assert.Equal((ReceiptStatus.Unreachable, "Stopped before the server confirmed it."), (receipt.Status, receipt.Reason));
    }

    [Fact]
    public async Task The_same_mailbox_twice_has_two_equal_receipts()
    {
        await using var server = new ScriptedDoveadm();
        server.Add("a@x.test");
        var receipts = await RevokeAsync(server, Quick, "a@x.test", "A@X.test");
        Assert.Equal([1, 1], receipts.Select(receipt => receipt.Count));
    }

    [Theory]
    [InlineData("http://mx1.example.org:8080", ErrorIds.StoreTlsRequired)]
    [InlineData("http://127.0.0.1.example.org:8080", ErrorIds.StoreTlsRequired)]
    [InlineData("https://admin:secret@mx1.example.org", ErrorIds.InputInvalid)]
    [InlineData("ftp://mx1.example.org", ErrorIds.InputInvalid)]
    [InlineData("mx1.example.org", ErrorIds.InputInvalid)]
    [InlineData("https://mx1.example.org/?key=secret", ErrorIds.InputInvalid)]
    public void An_address_that_would_give_the_key_away_is_refused(string address, string errorId)
    {
        var fault = Assert.Throws<MailPassException>(() => ConnectTo(new Uri(address, UriKind.RelativeOrAbsolute), new()));
        Assert.Equal(errorId, fault.ErrorId);
        Assert.DoesNotContain("secret", fault.Message);
    }

    [Fact]
    public async Task Plain_text_off_this_machine_needs_a_word()
    {
        await using var authority = ConnectTo(new Uri("http://mx1.example.org:8080"), new() { AllowPlaintext = true });
        Assert.Equal("Dovecot mx1.example.org:8080", authority.Name);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        DovecotOptions[] wrong = [new() { MaxRequestsInFlight = 0 }, new() { MaxCommandsPerRequest = 0 }, new() { Attempts = 0 }, new() { Rounds = 0 }, new() { RequestTimeout = TimeSpan.Zero }, new() { SettleTime = TimeSpan.FromSeconds(-1) }];
        Assert.All(wrong, options => Assert.Equal(ErrorIds.InputInvalid, Assert.Throws<MailPassException>(() => ConnectTo(new Uri("https://mx1"), options)).ErrorId));
    }

    private static DovecotAuthority Connect(int port, DovecotOptions options) => ConnectTo(new Uri($"http://127.0.0.1:{port}"), options);

    private static DovecotAuthority ConnectTo(Uri server, DovecotOptions options)
    {
        using var secret = Secret.FromChars("key");
        using var credential = DovecotCredential.ApiKey(secret);
        return DovecotAuthority.Connect(server, credential, options);
    }

    private static async Task<IReadOnlyList<RevocationReceipt>> RevokeAsync(ScriptedDoveadm server, DovecotOptions options, params string[] mailboxes)
    {
        await using var authority = Connect(server.Port, options);
        return await authority.RevokeAsync([.. mailboxes.Select(MailboxAddress.Parse)]);
    }
}
