using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MailPass.Changes;
using MailPass.Core.Tests.Changes;
using MailPass.Doors;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Core.Tests.Doors;

public sealed class OwnersDoorTests : IDisposable
{
    private const string Old = "Old-Secret-1";

    // printf 'Old-Secret-1abcd1234' | openssl dgst -sha256 -binary, then the salt, in Base64.
    private const string OldHash = "{SSHA256}3N86Sej+ZAU9ZrlwGLHFaSjs/26mrdZ1rnLMPkupEaphYmNkMTIzNA==";

    private static readonly DoorClient s_client = new("192.0.2.7", "192.0.2.7");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailpass-door-");
    private readonly MemoryStore _store = new();
    private readonly ListLogger _log = new();
    private readonly SkippingClock _clock = new();
    private readonly RunFolder _runs;

    public OwnersDoorTests()
    {
        _runs = new RunFolder(Path.Combine(_folder.FullName, "runs"));
        _store.Add("jane@example.com", OldHash);
        _store.Add("off@example.com", OldHash, MailboxState.Disabled);
        _store.Add("none@example.com", null);
        _store.Add("odd@example.com", "{NOBODY-KNOWS}abc");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Owner_changes_the_password_and_a_journal_has_it()
    {
        var answers = await TalkAsync(Door(), "jane@example.com", Old, "New-Secret-22");
        Assert.Equal("200 Your password was changed.", answers[^1]);
        Assert.True(Accepts("jane@example.com", "New-Secret-22"));
        var run = Assert.Single(_runs.List());
        Assert.Equal((RunState.Finished, "poppassd", "jane@example.com", "by its owner, from 192.0.2.7", 1L), (run.State, run.Header.Command, run.Header.Scope.ToString(), run.Header.Reason, run.Changed));
        Assert.Contains(run.Id, _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_broken_rule_is_told_and_nothing_is_changed()
    {
        var answers = await TalkAsync(Door(), "jane@example.com", Old, "weak");
        Assert.Equal(
            "500 The password for jane@example.com breaks the policy: "
            + "The password must have at least 8 characters; it has 4. The password must have at least one upper-case letter. "
            + "The password must have at least one digit. The password must have at least one special character, such as , . / ! @ # $ % ^ & *.",
            answers[^1]);
        Assert.Equal(OldHash, _store.HashOf("jane@example.com"));
        Assert.Empty(_runs.List());
    }

    [Theory]
    [InlineData("jane@example.com", "wrong")]
    [InlineData("jane@example.com", "")]
    [InlineData("nobody@example.com", "wrong")]
    [InlineData("not an address", "wrong")]
    [InlineData("none@example.com", "wrong")]
    [InlineData("none@example.com", "")]
    [InlineData("odd@example.com", "abc")]
    [InlineData("off@example.com", "wrong")]
    public async Task Unknown_and_wrong_are_one_answer_in_one_time(string mailbox, string password)
    {
        var door = Door();
        await door.PrepareAsync();
        var before = _clock.Now;
        var answers = await TalkAsync(door, mailbox, password, "New-Secret-22");
        Assert.Equal(["200 Hello, who are you?", "200 Your password, please.", "500 The mailbox or its password is wrong."], answers);
        Assert.Equal(TimeSpan.FromSeconds(1), _clock.Now - before);
    }

    [Theory]
    [InlineData("JANE@EXAMPLE.COM")]
    [InlineData("jane")]
    public async Task Other_spellings_are_the_same_mailbox(string mailbox)
    {
        var answers = await TalkAsync(Door(), mailbox, Old, "New-Secret-22");
        Assert.StartsWith("200 Your password was changed", answers[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disabled_mailbox_is_refused_to_its_owner_alone()
    {
        var answers = await TalkAsync(Door(), "off@example.com", Old, "New-Secret-22");
        Assert.Equal("500 The password cannot be changed here. Please tell your administrator (MailboxDisabled).", answers[^1]);
        Assert.Equal(OldHash, _store.HashOf("off@example.com"));
    }

    [Fact]
    public async Task Same_password_again_is_refused()
    {
        var answers = await TalkAsync(Door(), "jane@example.com", Old, Old);
        Assert.Equal("500 This is the password that you have already. Please choose another one.", answers[^1]);
    }

    [Fact]
    public async Task New_password_that_is_not_text_is_refused()
    {
        var answers = await TalkAsync(Door(), "jane@example.com", Encoding.Latin1.GetBytes(Old), [.. "New-Secret-"u8, 0xFF]);
        Assert.Equal("500 The new password is not valid UTF-8 text.", answers[^1]);
    }

    [Fact]
    public async Task Client_that_guesses_at_many_mailboxes_waits()
    {
        var door = Door();
        await door.PrepareAsync();
        var took = new List<TimeSpan>();
        for (var i = 0; i < 26; i++)
        {
            var before = _clock.Now;
            await TalkAsync(door, $"user{i}@example.com", "wrong", "New-Secret-22");
            took.Add(_clock.Now - before);
        }

        Assert.All(took.Take(20), time => Assert.Equal(TimeSpan.FromSeconds(1), time));
        Assert.True(took[^1] > TimeSpan.FromSeconds(1), took[^1].ToString());
    }

    [Fact]
    public async Task Hash_of_an_empty_password_accepts_no_login()
    {
        byte[] salt = [1, 2, 3, 4];
        _store.SetHash("jane@example.com", "{SSHA256}" + Convert.ToBase64String([.. SHA256.HashData(salt), .. salt]));
        var answers = await TalkAsync(Door(), "jane@example.com", "", "New-Secret-22");
        Assert.Equal("500 The mailbox or its password is wrong.", answers[^1]);
    }

    [Theory]
    [InlineData("New-Secret-22", false)]
    [InlineData("New-Secret-22", true)]
    [InlineData("New-Secret-\xFF", false)]
    public async Task Current_password_is_overwritten_whatever_comes_of_the_change(string password, bool isFolderGone)
    {
        if (isFolderGone)
        {
            await File.WriteAllTextAsync(_runs.Path, "No folder.");
        }

        var owner = (await _store.FindAsync([MailboxAddress.Parse("jane@example.com")], default))[0]!;
        var current = Secret.FromChars(Old);
        var answer = await Door().ChangeAsync(owner, current, Encoding.Latin1.GetBytes(password), s_client);
        Assert.Equal(!isFolderGone && password[^1] == '2', answer.Done);
        Assert.Throws<ObjectDisposedException>(() => current.Reveal());
    }

    [Fact]
    public async Task Current_password_counts_byte_by_byte()
    {
        // Latin-1, as some program stored it long ago.
        byte[] odd = [.. "Gr"u8, 0xFC, .. "n"u8];
        byte[] salt = [1, 2, 3, 4];
        _store.SetHash("jane@example.com", "{SSHA256}" + Convert.ToBase64String([.. SHA256.HashData([.. odd, .. salt]), .. salt]));
        var answers = await TalkAsync(Door(), "jane@example.com", odd, "New-Secret-22"u8.ToArray());
        Assert.Equal("200 Your password was changed.", answers[^1]);
    }

    [Fact]
    public async Task Change_logs_the_mailbox_out_of_every_system()
    {
        var imap = new ListedAuthority { Status = ReceiptStatus.Revoked };
        var webmail = new ListedAuthority { Status = ReceiptStatus.Unreachable };
        var answers = await TalkAsync(Door(imap, webmail), "jane@example.com", Old, "New-Secret-22");
        Assert.StartsWith("200 Your password was changed. Some programs may still be logged in", answers[^1], StringComparison.Ordinal);
        Assert.Equal(["jane@example.com"], imap.Revoked);
        Assert.Equal(["jane@example.com"], webmail.Revoked);
        Assert.Contains("Unreachable", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mailbox_that_was_changed_meanwhile_is_not_overwritten()
    {
        _store.BeforeWrite = batch =>
        {
            _store.BeforeWrite = null;
            _store.SetHash("jane@example.com", "{PLAIN}Somebody-Else-1");
            return Task.CompletedTask;
        };
        var answers = await TalkAsync(Door(), "jane@example.com", Old, "New-Secret-22");
        Assert.StartsWith("500 The password was changed by someone else", answers[^1], StringComparison.Ordinal);
        Assert.Equal("{PLAIN}Somebody-Else-1", _store.HashOf("jane@example.com"));
    }

    [Fact]
    public async Task Store_that_is_gone_is_one_sentence_and_no_guess()
    {
        _store.BeforeFind = static () => throw new MailPassException(ErrorIds.StoreUnreachable, "The database at 10.0.0.1 is gone.");
        var door = Door();
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal("500 The service has a fault. Please try again later, or tell your administrator.", (await TalkAsync(door, "jane@example.com", Old, "New-Secret-22"))[^1]);
        }

        _store.BeforeFind = null;
        Assert.Equal("200 Your password was changed.", (await TalkAsync(door, "jane@example.com", Old, "New-Secret-22"))[^1]);
        Assert.Contains("10.0.0.1", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guesses_are_refused_in_words_until_their_time()
    {
        var door = Door();
        var answers = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            answers.Add((await TalkAsync(door, "nobody@example.com", "wrong", "x"))[^1]);
        }

        Assert.Equal("500 The mailbox or its password is wrong.", answers[0]);
        Assert.Equal("500 Too many wrong passwords. Please try again in 15 seconds.", answers[^1]);
        Assert.Contains("Too many wrong passwords, from 192.0.2.7", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_has_no_secret_whatever_was_typed_where()
    {
        var door = Door();
        await TalkAsync(door, "jane@example.com", "Typed-Wrong-1", "New-Secret-22");
        await TalkAsync(door, "Typed-As-User-1", Old, "New-Secret-22");
        await TalkAsync(door, "jane@example.com", Old, "Weak-Secret");
        await TalkAsync(door, "jane@example.com", Old, "New-Secret-22");
        Assert.All(new[] { "Typed-Wrong", "Typed-As-User", Old, "Weak-Secret", "New-Secret", "SSHA" }, secret => Assert.DoesNotContain(secret, _log.Text, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("jane@example.com", _log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("example.com", "change", "200 Your password was changed.")]
    [InlineData("example.com", "set", "200 Your password was changed.")]
    [InlineData("example.net", "change", "500 The mailbox or its password is wrong.")]
    [InlineData("example.com", "reset", "500 The password cannot be changed here. Please tell your administrator (OutOfScope).")]
    public async Task Scope_of_the_store_applies_here_too(string domain, string action, string answer)
    {
        var scope = MailboxScope.Create("profile door", [domain], null, [action]);
        await using var store = await ScopedStore.WithAsync(_store, scope, CancellationToken.None);
        var imap = new ListedAuthority { Status = ReceiptStatus.Revoked };
        var door = Door(store, [.. ScopedAuthority.With([imap], scope)]);
        if (action != "reset")
        {
            await door.PrepareAsync();
        }

        Assert.Equal(answer, (await TalkAsync(door, "jane@example.com", Old, "New-Secret-22"))[^1]);
        Assert.Equal(answer[0] == '2' ? 1 : 0, imap.Revoked.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Webmail_session_that_comes_back_ends_if_asked_for(bool isScoped)
    {
        var scope = MailboxScope.Create("profile door", ["example.com"], null, null);
        var webmail = new ListedAuthority { Status = ReceiptStatus.Revoked, IsWebmail = true };
        var imap = new ListedAuthority { Status = ReceiptStatus.Revoked };
        var systems = isScoped ? ScopedAuthority.With([imap, webmail], scope) : [imap, webmail];
        await Door(_store, [.. systems], endsWebmail: false).EndWebmailAsync(MailboxAddress.Parse("jane@example.com"), CancellationToken.None);
        Assert.Empty(webmail.Revoked);
        var begun = _clock.Now;
        await Door(_store, [.. systems], endsWebmail: true).EndWebmailAsync(MailboxAddress.Parse("jane@example.com"), CancellationToken.None);
        Assert.Equal((2, TimeSpan.FromSeconds(10)), (webmail.Revoked.Count, _clock.Now - begun));
        Assert.Empty(imap.Revoked);
    }

    [Fact]
    public async Task Interrupted_change_is_settled_at_the_next_start()
    {
        // A process that died in the middle of a change: its journal is there, its lock is free, and it has no end.
        var description = new RunDescription { Command = OwnersDoor.Command, Scope = RunScope.Of(["jane@example.com"]), Head = "mailpass" };
        using (var open = _runs.Begin(_store.Info, description, new RunOptions())!)
        {
            await open.Journal!.RecordAsync([new JournalEntry((await _store.FindAsync([MailboxAddress.Parse("jane@example.com")], default))[0]!, null, "{PLAIN}x")], default);
        }

        Assert.Single(_runs.InterruptedOn(_store.Info));

        // A system that does not confirm settles nothing: the next start asks again.
        await Door(new ListedAuthority { Status = ReceiptStatus.Unreachable }).PrepareAsync();
        Assert.Single(_runs.InterruptedOn(_store.Info));
        var imap = new ListedAuthority { Status = ReceiptStatus.Revoked };
        await Door(imap).PrepareAsync();
        Assert.Empty(_runs.InterruptedOn(_store.Info));
        Assert.Equal(["jane@example.com"], imap.Revoked);
    }

    [SkippableFact]
    public void Listening_never_removes_a_file_that_is_not_a_socket()
    {
        Skip.If(OperatingSystem.IsWindows(), "A socket is a file like any other there.");
        var path = Path.Combine(_folder.FullName, "store.password");
        File.WriteAllText(path, "a secret");
        Assert.ThrowsAny<Exception>(() => DoorSockets.Listen(path, hasTls: false, UnixFileMode.None));
        Assert.Equal("a secret", File.ReadAllText(path));
    }

    [Fact]
    public async Task Admin_run_over_the_domain_does_not_keep_owners_waiting()
    {
        using var admin = _runs.Begin(_store.Info, new RunDescription { Command = "reset", Scope = new(RunScopeKind.Domain, ["example.com"]), Head = "mailpass" }, new RunOptions())!;

        // Within one process runs may meet; to the folder this one is another process's.
        var mark = Path.Combine(_runs.Path, admin.Id + ".run");
        await File.WriteAllTextAsync(mark, (await File.ReadAllTextAsync(mark)).Replace($"\"process\":{Environment.ProcessId}", "\"process\":1", StringComparison.Ordinal));
        Assert.Equal("200 Your password was changed.", (await TalkAsync(Door(), "jane@example.com", Old, "New-Secret-22"))[^1]);
    }

    [Fact]
    public async Task Two_hundred_connections_change_at_once()
    {
        const int Count = 200;
        for (var i = 0; i < Count; i++)
        {
            _store.Add($"user{i}@example.com", OldHash);
        }

        using var stop = new CancellationTokenSource();
        var listener = DoorSockets.Listen("127.0.0.1:" + FreePort(), hasTls: false, UnixFileMode.None);
        var place = listener.LocalEndPoint!;
        var serving = new PoppassdServer(Door(), _log).RunAsync([listener], stop.Token);
        var clients = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => PoppassdClient.ConnectAsync(place)));
        var answers = await Task.WhenAll(clients.Select((client, i) => client.ChangeAsync($"user{i}@example.com", Old, $"New-Secret-{i}")));
        Assert.All(answers, answer => Assert.Equal("200 Your password was changed.", answer));
        Assert.All(Enumerable.Range(0, Count), i => Assert.True(Accepts($"user{i}@example.com", $"New-Secret-{i}")));
        Assert.Equal(Count, _runs.List().Count(run => run.State is RunState.Finished));
        await stop.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task Surplus_connection_is_asked_to_come_again()
    {
        using var stop = new CancellationTokenSource();
        var listener = DoorSockets.Listen("127.0.0.1:" + FreePort(), hasTls: false, UnixFileMode.None);
        var place = listener.LocalEndPoint!;
        var serving = new PoppassdServer(Door(), _log) { MostConnections = 2 }.RunAsync([listener], stop.Token);
        using (var first = await PoppassdClient.ConnectAsync(place))
        using (await PoppassdClient.ConnectAsync(place))
        {
            using var third = await PoppassdClient.ConnectAsync(place);
            Assert.StartsWith("500 Too many people", third.Greeting, StringComparison.Ordinal);
            Assert.Equal("200 Your password was changed.", await first.ChangeAsync("jane@example.com", Old, "New-Secret-22"));
        }

        await stop.CancelAsync();
        await serving;
    }

    [SkippableFact]
    public async Task Unix_socket_serves_users_that_its_mode_allows()
    {
        Skip.If(OperatingSystem.IsWindows(), "The modes of sockets are Unix's.");
        using var stop = new CancellationTokenSource();
        var path = Path.Combine(_folder.FullName, "door.sock");
        File.Delete(path);
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            stale.Bind(new UnixDomainSocketEndPoint(path));
        }

        // A killed process leaves its socket behind; .NET removes its own.
        var listener = DoorSockets.Listen(path, hasTls: false, (UnixFileMode)Convert.ToInt32("660", 8));
        Assert.Equal((UnixFileMode)Convert.ToInt32("660", 8), File.GetUnixFileMode(path));
        var serving = new PoppassdServer(Door(), _log).RunAsync([listener], stop.Token);
        using (var client = await PoppassdClient.ConnectAsync(new UnixDomainSocketEndPoint(path)))
        {
            Assert.Equal("200 Your password was changed.", await client.ChangeAsync("jane@example.com", Old, "New-Secret-22"));
        }

        Assert.Contains("from uid ", _log.Text, StringComparison.Ordinal);
        Assert.Throws<MailPassException>(() => DoorSockets.Listen(path, hasTls: false, UnixFileMode.None));
        await stop.CancelAsync();
        await serving;
    }

    [Theory]
    [InlineData("0.0.0.0:24106", ErrorIds.StoreTlsRequired)]
    [InlineData("[::]:24106", ErrorIds.StoreTlsRequired)]
    [InlineData("192.0.2.1:24106", ErrorIds.StoreTlsRequired)]
    [InlineData("24106", ErrorIds.InputInvalid)]
    [InlineData("example.com:106", ErrorIds.InputInvalid)]
    [InlineData("/no/such/folder/sock", ErrorIds.InputInvalid)]
    public void Listening_beyond_this_machine_needs_TLS(string place, string errorId) =>
        Assert.Equal(errorId, Assert.Throws<MailPassException>(() => DoorSockets.Listen(place, hasTls: false, UnixFileMode.None)).ErrorId);

    private OwnersDoor Door(params ISessionAuthority[] systems) => Door(_store, systems);

    private OwnersDoor Door(IMailboxStore store, ISessionAuthority[] systems, bool endsWebmail = false) => new(
        store,
        new OwnersDoorOptions
        {
            Changes = new ChangeRunOptions { Policy = PasswordPolicy.Default, SessionAuthorities = systems },
            Runs = _runs,
            Limiter = new GuessLimiter(Path.Combine(_folder.FullName, "guesses"), _clock),
            DefaultDomain = "example.com",
            EndsWebmail = endsWebmail,
            Clock = _clock,
        },
        _log);

    private bool Accepts(string mailbox, string password)
    {
        using var secret = Secret.FromChars(password);
        return StoredHash.Parse(_store.HashOf(mailbox)!).Verify(secret);
    }

    private static Task<List<string>> TalkAsync(OwnersDoor door, string mailbox, string current, string next) =>
        TalkAsync(door, mailbox, Encoding.UTF8.GetBytes(current), Encoding.UTF8.GetBytes(next));

    private static async Task<List<string>> TalkAsync(OwnersDoor door, string mailbox, byte[] current, byte[] next)
    {
        using var output = new MemoryStream();
        using var input = new MemoryStream([.. Encoding.UTF8.GetBytes($"user {mailbox}\npass "), .. current, .. "\nnewpass "u8, .. next, .. "\n"u8]);
        await new PoppassdConversation(input, output, door, s_client).RunAsync(CancellationToken.None);
        return [.. Encoding.UTF8.GetString(output.ToArray()).TrimEnd().Split("\r\n")];
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private sealed class ListedAuthority : ISessionAuthority
    {
        public string Name => "listed";

        public required ReceiptStatus Status { get; init; }

        public bool IsWebmail { get; init; }

        bool ISessionAuthority.IsWebmail => IsWebmail;

        public List<string> Revoked { get; } = [];

        public async IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield break;
        }

        public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken) =>
            RevokeAsync(mailboxes, cancellationToken);

        public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken)
        {
            Revoked.AddRange(mailboxes.Select(mailbox => mailbox.Value));
            return new([.. mailboxes.Select(mailbox => new RevocationReceipt(mailbox, Name, Status))]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class ListLogger : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue(formatter(state, exception));
    }

    /// <summary>A clock on which waiting takes no time and yet passes.</summary>
    private sealed class SkippingClock : TimeProvider
    {
        private readonly Lock _gate = new();

        public DateTimeOffset Now { get; private set; } = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return System.CreateTimer(callback, state, dueTime, period);
            }

            lock (_gate)
            {
                Now += dueTime;
            }

            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}

/// <summary>A webmail at the door.</summary>
internal sealed class PoppassdClient : IDisposable
{
    private readonly StreamReader _reader;
    private readonly Stream _stream;

    private PoppassdClient(Stream stream, StreamReader reader, string greeting) => (_stream, _reader, Greeting) = (stream, reader, greeting);

    public string Greeting { get; }

    public static async Task<PoppassdClient> ConnectAsync(EndPoint place, Func<Stream, Task<Stream>>? secure = null)
    {
        var socket = new Socket(place.AddressFamily, SocketType.Stream, place is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await socket.ConnectAsync(place);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        stream = secure is null ? stream : await secure(stream);
        var reader = new StreamReader(stream, Encoding.UTF8);
        return new(stream, reader, await reader.ReadLineAsync() ?? string.Empty);
    }

    public async Task<string> ChangeAsync(string mailbox, string current, string next)
    {
        var answer = string.Empty;
        foreach (var line in (string[])[$"user {mailbox}", $"pass {current}", $"newpass {next}"])
        {
            answer = await SayAsync(line);
            if (!answer.StartsWith("200", StringComparison.Ordinal))
            {
                break;
            }
        }

        return answer;
    }

    public async Task<string> SayAsync(string line)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));
        return await _reader.ReadLineAsync() ?? string.Empty;
    }

    public void Dispose() => _reader.Dispose();
}
