using MailPass.Changes;
using MailPass.Core.Tests.Sessions;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;
using MailPass.Sessions.GroupOffice;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>
/// Whole runs that log mailboxes out, on stores from which a real Dovecot with an authentication cache takes its passwords.
/// </summary>
[Collection(LabServersGroup.Name)]
public sealed class LogoutTests(LabServers servers)
{
    private const string OldPassword = "Old-Passw0rd!";

    // Of the old password, by doveadm pw.
    private const string OldHash = "{SSHA512}aNnScb8TOVL3qZXW9xb6EtZReS4dzyRWvcAjPOKMlA0ysMsNHvBxdm54+Exn1WnFJfpmdc6ionl2ARGdJ1B2Syxm/is=";
    private const int ConnectionsEach = 5;
    private const int IdleEach = 2;

    private static readonly string[] Changed = [.. Enumerable.Range(0, 10).Select(i => $"gone{i}@beta.example")];
    private static readonly string[] Others = [.. Enumerable.Range(0, 5).Select(i => $"stays{i}@beta.example")];

    [SkippableTheory]
    [InlineData("embedded")]
    [InlineData("mysql")]
    [InlineData("passwd-file")]
    public async Task After_a_run_only_the_changed_mailboxes_are_logged_out(string kind)
    {
        await using var place = await OpenAsync(kind, [.. Changed, .. Others]);
        await using var dovecot = await InTheLab.TryAsync(async () => await DovecotServer.StartAsync(place.Logins with { AuthCacheSize = "10M" }));
        Skip.IfNot(dovecot.FlushesByApi, $"Dovecot {dovecot.Version} cannot flush its authentication cache by the API.");

        // Fifty connections of ten mailboxes, two in five of them idling; each login is in the cache now.
        var dying = new List<ImapConnection>();
        foreach (var mailbox in Changed)
        {
            for (var i = 0; i < ConnectionsEach; i++)
            {
                dying.Add(await ConnectAsync(dovecot, mailbox, idle: i < IdleEach));
            }
        }

        // Clients of two of the ten that reconnect with the old password as soon as they are thrown out.
        await using var stubborn = new StubbornClients(dovecot.ImapPort, [Changed[0], Changed[^1]]);
        await stubborn.UntilAllAreInAsync();

        // Other people work and idle all the while.
        await using var others = await OtherPeople.ConnectAsync(dovecot, Others);

        await using var authority = Connect(dovecot);
        var results = await RunAsync(place.Store, [authority], Changed);
        stubborn.ReceiptsAreOut();
        Assert.Equal(Changed, results.Select(result => result.Mailbox));
        Assert.All(results, result => Assert.Equal((ChangeStatus.Changed, null, null), (result.Status, result.ErrorId, result.Message)));
        await stubborn.UntilRefusedAsync(attempts: 20);
        foreach (var result in results)
        {
            var receipt = Assert.Single(result.Receipts);
            Assert.Equal((ReceiptStatus.Revoked, null), (receipt.Status, receipt.Reason));
            Assert.True(stubborn.Has(result.Mailbox) ? receipt.Count >= ConnectionsEach : receipt.Count == ConnectionsEach, receipt.Summary);
        }

        foreach (var connection in dying)
        {
            await connection.UntilClosedAsync();
            connection.Dispose();
        }

        await others.StillThereAsync();
        Assert.Equal(0, stubborn.LoginsAfterTheReceipts);
        Assert.Equal(Others, (await authority.ListAsync(null).ToListAsync()).Select(session => session.Mailbox.Value).Distinct().Order());

        // All at once: Dovecot gives out refusals twice a second.
        await Task.WhenAll(results.Select(async result =>
        {
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, result.Mailbox, result.Password!.Reveal()));
            Assert.False(await MailLogin.ImapAsync(dovecot.ImapPort, result.Mailbox, OldPassword));
            Assert.False(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, result.Mailbox, OldPassword));
        }));
    }

    [SkippableTheory]
    [InlineData("embedded")]
    [InlineData("passwd-file")]
    public async Task Reconnecting_client_leaves_no_old_password_in_the_cache(string kind)
    {
        // Never logged in when the server lists sessions, and each of its logins puts the present hash into the cache.
        await using var place = await OpenAsync(kind, Changed);
        await using var dovecot = await InTheLab.TryAsync(async () => await DovecotServer.StartAsync(place.Logins with { AuthCacheSize = "10M" }));
        Skip.IfNot(dovecot.FlushesByApi, $"Dovecot {dovecot.Version} cannot flush its authentication cache by the API.");
        await using var passing = new StubbornClients(dovecot.ImapPort, Changed[..1], stay: false);
        await passing.UntilAllAreInAsync();
        await using var authority = Connect(dovecot);

        // Early in a second of the clock, so that a passwd-file would not be read again before the receipt.
        await Task.Delay(1020 - DateTime.UtcNow.Millisecond);
        var result = Assert.Single(await RunAsync(place.Store, [authority], Changed[..1]));
        passing.ReceiptsAreOut();
        Assert.Equal((ChangeStatus.Changed, null), (result.Status, result.Message));
        await passing.UntilRefusedAsync(attempts: 4);

        Assert.Contains(Assert.Single(result.Receipts).Status, new[] { ReceiptStatus.Revoked, ReceiptStatus.NoneFound });
        Assert.Equal(0, passing.LoginsAfterTheReceipts);
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, result.Mailbox, result.Password!.Reveal()));
    }

    [SkippableFact]
    public async Task A_failed_second_server_keeps_the_password_and_can_be_retried()
    {
        (string Mailbox, Mischief Mischief, string Reason)[] faults =
        [
            (Changed[0], Mischief.Http401, "HTTP 401"),
            (Changed[1], Mischief.Http500, "HTTP 500"),
            (Changed[2], Mischief.HalfAnAnswer, "read"),
            (Changed[3], Mischief.NoAnswer, "without an answer"),
            (Changed[4], Mischief.Hang, "No answer within 0.2 s"),
        ];
        await using var place = await OpenAsync("embedded", Changed);
        await using var dovecot = await InTheLab.TryAsync(async () => await DovecotServer.StartAsync(place.Logins with { AuthCacheSize = "10M" }));
        Skip.IfNot(dovecot.FlushesByApi, $"Dovecot {dovecot.Version} cannot flush its authentication cache by the API.");
        await using var good = Connect(dovecot);
        var patient = new DovecotOptions { RetryDelay = TimeSpan.FromMilliseconds(1), DownPause = TimeSpan.Zero };
        foreach (var (mailbox, mischief, reason) in faults)
        {
            await using var second = new ScriptedDoveadm { Script = (_, _) => mischief };
            second.Add(mailbox);
            // Only the server that never answers gets a time limit, because a busy machine may delay the other answers.
            await using var bad = Connect(second.Port, "key", mischief is Mischief.Hang ? patient with { RequestTimeout = TimeSpan.FromMilliseconds(200) } : patient);
            using var session = await ConnectAsync(dovecot, mailbox, idle: false);

            var result = Assert.Single(await RunAsync(place.Store, [good, bad], [mailbox]));
            Assert.Equal((ChangeStatus.Changed, ErrorIds.SessionAuthorityUnreachable), (result.Status, result.ErrorId));
            Assert.Equal([ReceiptStatus.Revoked, ReceiptStatus.Unreachable], result.Receipts.Select(receipt => receipt.Status));
            Assert.Contains(reason, result.Receipts[1].Reason);
            Assert.Contains(result.Receipts[1].Reason!, result.Message);
            Assert.Contains("Unreachable", result.Sessions);
            Assert.False(await session.IsAliveAsync());
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, mailbox, result.Password!.Reveal()));

            // The same row again, after the server is back.
            second.Script = (_, _) => Mischief.None;
            await using var healed = Connect(second.Port, "key", patient);
            var again = Assert.Single(await SessionSystems.RevokeAsync([good, healed], [MailboxAddress.Parse(result.Mailbox)], RevocationScope.Everything));
            Assert.True(again.Complete);
            Assert.Empty(second.Live());
        }
    }

    [SkippableFact]
    public async Task A_domain_owner_is_out_of_every_mailbox_of_the_domain()
    {
        const string Owner = "bert@alpha.example";
        await using var opened = await OpenedSystem.CreateAsync(servers, "groupoffice-mailboxes", "mysql");
        await opened.System.ExecuteAsync(SessionSystemTests.Accounts);
        var logins = await DovecotSetup.ForAsync(opened.System);
        logins = logins with
        {
            AuthCacheSize = "10M",
            Passwords = [new("SELECT username AS user, password FROM community_maildomains_mailbox WHERE username = '%u' AND domainOwner = 1", Masters: true), .. logins.Passwords],
        };
        await using var dovecot = await InTheLab.TryAsync(async () => await DovecotServer.StartAsync(logins));
        Skip.IfNot(dovecot.FlushesByApi, $"Dovecot {dovecot.Version} cannot flush its authentication cache by the API.");
        using var visiting = await ConnectAsync(dovecot, "anna@alpha.example*" + Owner, idle: true);
        using var elsewhere = await ConnectAsync(dovecot, "cleo@beta.example", idle: false);

        await using var authority = Connect(dovecot);
        await using var groupOffice = new GroupOfficeAuthority(await SessionSystemTests.OpenAsync(opened.System.Server, opened.System.Database, await opened.System.Server.CreateOwnerAsync(opened.System.Database)));
        var result = Assert.Single(await RunAsync(opened.Store, [authority, groupOffice], [Owner]));
        Assert.Equal((ReceiptStatus.Revoked, 1), (result.Receipts[0].Status, result.Receipts[0].Count));
        await visiting.UntilClosedAsync();
        Assert.True(await elsewhere.IsAliveAsync());
        Assert.Null(await ImapConnection.TryLoginAsync(dovecot.ImapPort, "anna@alpha.example*" + Owner, OldPassword));
        (await dovecot.LoginAsync("anna@alpha.example*" + Owner, result.Password!.Reveal())).Dispose();
        (await dovecot.LoginAsync("anna@alpha.example", OldPassword)).Dispose();
    }

    private async Task<Place> OpenAsync(string kind, string[] mailboxes)
    {
        switch (kind)
        {
            case "mysql":
                var opened = await OpenedSystem.CreateAsync(servers, "postfixadmin", "mysql");
                await opened.System.ExecuteAsync(string.Concat(mailboxes.Select(mailbox =>
                    $"INSERT INTO mailbox (username, password, name, maildir, quota, local_part, domain, created, modified, active, phone, email_other, token, token_validity, password_expiry) VALUES ('{mailbox}', '{OldHash}', '', '', 0, '{mailbox.Split('@')[0]}', 'beta.example', '2026-01-02', '2026-01-02', 1, '', '', '', '2026-01-02', '2026-01-02');")));
                return new Place(opened.Store, await DovecotSetup.ForAsync(opened.System), opened);

            case "passwd-file":
                var folder = NewFolder();
                var users = folder.Write("store/users", string.Concat(mailboxes.Select(mailbox => $"{mailbox}:{OldHash}:::::\n")));
                Open(users);
                return new Place(await MailStore.OpenAsync(StoreLocation.Parse("passwd-file:" + users), new StoreOpenOptions()), new DovecotSetup { PasswdFile = users }, folder);

            default:
                folder = NewFolder();
                var file = folder.At("store/mail.db");
                await MailStore.CreateAsync(file, mailboxes.Select(mailbox => new NewMailbox { Identity = mailbox, PasswordHash = OldHash }).ToAsyncEnumerable());
                Open(file);
                return new Place(
                    await MailStore.OpenAsync(StoreLocation.Parse(file), new StoreOpenOptions()),
                    new DovecotSetup
                    {
                        Database = new LoginDatabase("sqlite", file),
                        Passwords = [new("SELECT address_key AS user, password_hash AS password FROM mailbox WHERE address_key = '%u' AND active = 1")],
                    },
                    folder);
        }
    }

    // Dovecot reads the store as a user of its own.
    private static LabFolder NewFolder()
    {
        var folder = new LabFolder("logout");
        folder.Folder("store");
        Open(folder.At("store"));
        return folder;
    }

    private static void Open(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)(Directory.Exists(path) ? 0b111_111_111 : 0b110_110_110));
        }
    }

    private static DovecotAuthority Connect(DovecotServer dovecot) => Connect(dovecot.DoveadmPort, dovecot.DoveadmApiKey, null);

    private static DovecotAuthority Connect(int port, string key, DovecotOptions? options)
    {
        using var secret = Secret.FromChars(key);
        using var credential = DovecotCredential.ApiKey(secret);
        return DovecotAuthority.Connect(new Uri($"http://127.0.0.1:{port}"), credential, options);
    }

    private static async Task<ImapConnection> ConnectAsync(DovecotServer dovecot, string mailbox, bool idle)
    {
        var connection = await dovecot.LoginAsync(mailbox, OldPassword);
        if (idle)
        {
            await connection.IdleAsync();
        }

        return connection;
    }

    private static Task<IReadOnlyList<ChangeResult>> RunAsync(IMailboxStore store, IReadOnlyList<ISessionAuthority> authorities, IEnumerable<string> mailboxes) =>
        Runs.ChangeAsync(store, mailboxes.Select(mailbox => new ChangeRequest { Identity = mailbox }), new ChangeRunOptions
        {
            Generator = new PasswordGenerator(PasswordPolicy.Default),
            Settings = new HashSettings("SSHA512"),
            AllowAnyScheme = true,
            SessionAuthorities = authorities,
        });

    /// <summary>A store, and how Dovecot takes passwords from it.</summary>
    private sealed class Place(IMailboxStore store, DovecotSetup logins, object behind) : IAsyncDisposable
    {
        public IMailboxStore Store => store;

        public DovecotSetup Logins => logins;

        public async ValueTask DisposeAsync()
        {
            await store.DisposeAsync();
            if (behind is IAsyncDisposable opened)
            {
                await opened.DisposeAsync();
            }

            (behind as IDisposable)?.Dispose();
        }
    }

    /// <summary>Clients that log in with the old password, stay until they are cut off or leave by themselves, and begin again at once.</summary>
    private sealed class StubbornClients : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Dictionary<string, int> _logins;
        private readonly Task[] _loops;
        private readonly bool _stay;
        private volatile bool _receiptsAreOut;
        private int _loginsAfter;
        private int _attemptsAfter;

        public StubbornClients(int port, string[] mailboxes, bool stay = true)
        {
            _stay = stay;
            _logins = mailboxes.ToDictionary(mailbox => mailbox, _ => 0);
            _loops = [.. mailboxes.SelectMany(mailbox => Enumerable.Repeat(mailbox, 2)).Select(mailbox => Task.Run(() => LoopAsync(port, mailbox)))];
        }

        public int LoginsAfterTheReceipts => Volatile.Read(ref _loginsAfter);

        public bool Has(string mailbox) => _logins.ContainsKey(mailbox);

        public async Task UntilAllAreInAsync()
        {
            while (true)
            {
                lock (_logins)
                {
                    if (_logins.Values.All(count => count >= 2))
                    {
                        return;
                    }
                }

                await Task.Delay(10);
            }
        }

        public void ReceiptsAreOut() => _receiptsAreOut = true;

        /// <summary>Waits until so many attempts were refused.</summary>
        public async Task UntilRefusedAsync(int attempts)
        {
            // A loop that ended early has failed; DisposeAsync throws its fault.
            while (!Array.Exists(_loops, loop => loop.IsCompleted) && Volatile.Read(ref _attemptsAfter) < attempts && LoginsAfterTheReceipts == 0)
            {
                await Task.Delay(10);
            }

            await _stop.CancelAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_loops);
            _stop.Dispose();
        }

        private async Task LoopAsync(int port, string mailbox)
        {
            while (!_stop.IsCancellationRequested)
            {
                var after = _receiptsAreOut;
                using var connection = await ImapConnection.TryLoginAsync(port, mailbox, OldPassword);
                _ = after ? Interlocked.Increment(ref _attemptsAfter) : 0;
                if (connection is null)
                {
                    continue;
                }

                if (after)
                {
                    Interlocked.Increment(ref _loginsAfter);
                    return;
                }

                lock (_logins)
                {
                    _logins[mailbox]++;
                }

                if (_stay)
                {
                    // A test that has failed must not wait for a connection that stays.
                    await Task.WhenAny(connection.UntilClosedAsync(), Task.Delay(Timeout.Infinite, _stop.Token));
                }
            }
        }
    }

    /// <summary>People whose passwords do not change: one connection each that talks without a pause, and one that idles.</summary>
    private sealed class OtherPeople : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<ImapConnection> _idling = [];
        private readonly List<ImapConnection> _talking = [];
        private readonly List<Task<int>> _talks = [];

        public static async Task<OtherPeople> ConnectAsync(DovecotServer dovecot, string[] mailboxes)
        {
            var people = new OtherPeople();
            foreach (var mailbox in mailboxes)
            {
                people._idling.Add(await LogoutTests.ConnectAsync(dovecot, mailbox, idle: true));
                var talking = await LogoutTests.ConnectAsync(dovecot, mailbox, idle: false);
                people._talking.Add(talking);
                people._talks.Add(Task.Run(() => people.TalkAsync(talking)));
            }

            return people;
        }

        /// <summary>Every command was answered, and every idling connection goes on.</summary>
        public async Task StillThereAsync()
        {
            await _stop.CancelAsync();
            foreach (var answered in await Task.WhenAll(_talks))
            {
                Assert.True(answered > 0, "A command of somebody else went without an answer.");
            }

            foreach (var connection in _idling)
            {
                Assert.True(await connection.EndIdleAsync());
                Assert.True(await connection.IsAliveAsync());
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_talks);
            _idling.Concat(_talking).ToList().ForEach(connection => connection.Dispose());
            _stop.Dispose();
        }

        // The number of answered commands; below zero if one was not answered.
        private async Task<int> TalkAsync(ImapConnection connection)
        {
            var answered = 0;
            do
            {
                if (!await connection.IsAliveAsync())
                {
                    return -1;
                }

                answered++;
                await Task.Delay(10);
            }
            while (!_stop.IsCancellationRequested);
            return answered;
        }
    }
}
