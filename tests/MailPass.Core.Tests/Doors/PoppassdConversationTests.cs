using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Doors;

namespace MailPass.Core.Tests.Doors;

public sealed class PoppassdConversationTests
{
    private static readonly Arbitrary<byte[]> s_passwords = ArbMap.Default.GeneratorFor<byte>().ArrayOf()
        .Select(bytes => bytes.Where(b => b != '\n').ToArray())
        .Where(bytes => bytes.Length == 0 || bytes[^1] != '\r')
        .ToArbitrary();

    [Fact]
    public async Task Whole_change_is_answered_line_by_line()
    {
        var door = new ScriptedDoor();
        Assert.Equal(
            ["200 Hello, who are you?", "200 Your password, please.", "200 Your new password, please.", "200 Changed.", "200 Bye."],
            await TalkAsync(door, "user jane@example.com\r\npass old secret\r\nnewpass new secret\r\nquit\r\n"));
        Assert.Equal(["jane@example.com"], door.Mailboxes);
        Assert.Equal(["old secret"], door.Passwords);
        Assert.Equal(["new secret"], door.NewPasswords);
    }

    [Theory]
    [InlineData("USER  jane@example.com \nPASS  two spaces \nNewPass \ttab\t\n", " two spaces ", "\ttab\t")]
    [InlineData("user jane@example.com\npass\nnewpass\n", "", "")]
    [InlineData("user jane@example.com\npass user x\nnewpass quit\n", "user x", "quit")]
    [InlineData("user jane@example.com\npass a\rb\nnewpass c\r\r\n", "a\rb", "c\r")]
    [InlineData("user jane@example.com\npass \0\nnewpass \u00ff\u00fe\n", "\0", "\u00ff\u00fe")]
    public async Task Every_byte_after_the_one_space_counts(string said, string current, string next)
    {
        var door = new ScriptedDoor();
        await TalkAsync(door, said);
        Assert.Equal("jane@example.com", Assert.Single(door.Mailboxes));
        Assert.Equal(current, Assert.Single(door.Passwords));
        Assert.Equal(next, Assert.Single(door.NewPasswords));
    }

    [Fact]
    public void Any_password_arrives_whole_in_any_pieces() =>
        Prop.ForAll(s_passwords, s_passwords, Gen.Choose(1, 64).ToArbitrary(), (current, next, piece) =>
        {
            var door = new ScriptedDoor();
            byte[] said = [.. "user jane\npass "u8, .. current, .. "\r\nnewpass "u8, .. next, .. "\nquit\n"u8];
            var answers = TalkAsync(door, said, () => piece).GetAwaiter().GetResult();
            Assert.Equal(5, answers.Count);
            Assert.Equal(Encoding.Latin1.GetString(current), Assert.Single(door.Passwords));
            Assert.Equal(Encoding.Latin1.GetString(next), Assert.Single(door.NewPasswords));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_answered_in_lines_and_end() =>
        Prop.ForAll(Gen.OneOf(ArbMap.Default.GeneratorFor<byte>(), Gen.Elements("user passnewquit \r\n"u8.ToArray())).ArrayOf().ToArbitrary(), bytes =>
        {
            var answers = TalkAsync(new ScriptedDoor(), bytes, () => 7).GetAwaiter().GetResult();
            Assert.All(answers, answer => Assert.Matches("^(200|500) [^\r\n]+$", answer));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(PoppassdConversation.LongestLine, true)]
    [InlineData(PoppassdConversation.LongestLine + 1, false)]
    [InlineData(50_000_000, false)]
    public async Task Longer_line_ends_the_conversation(int length, bool fits)
    {
        var door = new ScriptedDoor();
        var answers = await TalkAsync(door, Encoding.Latin1.GetBytes($"user jane\npass {new string('x', length - 5)}\r\nquit\n"), () => 100_000);
        Assert.Equal(fits ? 1 : 0, door.Passwords.Count);
        Assert.Equal(fits ? "200 Bye." : "500 The line is longer than 4096 bytes.", answers[^1]);
    }

    [Theory]
    [InlineData("newpass half of it")]
    [InlineData("newpass cut\r")]
    public async Task Cut_line_sets_no_password(string last)
    {
        var door = new ScriptedDoor();
        await TalkAsync(door, "user jane\npass x\n" + last);
        Assert.Empty(door.NewPasswords);
    }

    [Theory]
    [InlineData("pass x\n", "500 Say first who you are")]
    [InlineData("newpass x\n", "500 Say your current password first.")]
    [InlineData("user jane\nnewpass x\n", "500 Say your current password first.")]
    [InlineData("user jane\npass x\npass y\n", "500 You have said your password already.")]
    [InlineData("user jane\npass x\nuser joe\nnewpass y\n", "500 Say your current password first.")]
    [InlineData("user \n", "500 Say: user, and your mailbox.")]
    [InlineData("user\n", "500 Say: user, and your mailbox.")]
    [InlineData("\n", "500 What is known here")]
    [InlineData("EHLO me.example\n", "500 What is known here")]
    public async Task Wrong_order_changes_nothing(string said, string answer)
    {
        var door = new ScriptedDoor();
        Assert.StartsWith(answer, (await TalkAsync(door, said))[^1], StringComparison.Ordinal);
        Assert.Empty(door.NewPasswords);
    }

    [Fact]
    public async Task Wrong_password_ends_the_conversation()
    {
        var door = new ScriptedDoor { IsRight = static _ => false };
        Assert.Equal(["200 Hello, who are you?", "200 Your password, please.", "500 Wrong."], await TalkAsync(door, "user jane\npass x\nnewpass y\nquit\n"));
        Assert.Empty(door.NewPasswords);
    }

    [Fact]
    public async Task Refused_password_ends_the_conversation()
    {
        var door = new ScriptedDoor { ChangeAnswer = new(false, "Too\r\nshort.") };
        Assert.Equal("500 Too\uFFFD\uFFFDshort.", (await TalkAsync(door, "user jane\npass x\nnewpass y\nquit\n"))[^1]);
    }

    [Fact]
    public async Task Client_that_sends_nonsense_is_disconnected()
    {
        var answers = await TalkAsync(new ScriptedDoor(), string.Concat(Enumerable.Repeat("GET / HTTP/1.1\n", 50)));
        Assert.Equal(11, answers.Count);
    }

    [Fact]
    public async Task Passwords_are_overwritten_when_the_client_leaves()
    {
        var door = new ScriptedDoor();
        await TalkAsync(door, "user jane\npass x\n");
        Assert.Throws<ObjectDisposedException>(() => door.Given[0].Utf8.Length);
    }

    [Fact]
    public async Task Current_password_is_good_for_one_change()
    {
        var door = new ScriptedDoor();
        var answers = await TalkAsync(door, "user jane\npass x\nnewpass y\nnewpass z\nquit\n");
        Assert.Equal("500 Say your current password first.", answers[^2]);
        Assert.Equal(["y"], door.NewPasswords);
    }

    [Fact]
    public async Task Password_is_overwritten_when_another_mailbox_is_named()
    {
        var door = new ScriptedDoor();
        await TalkAsync(door, "user jane\npass x\nuser john\npass y\n");
        Assert.All(door.Given, password => Assert.Throws<ObjectDisposedException>(() => password.Utf8.Length));
        Assert.Equal(2, door.Given.Count);
    }

    [Fact]
    public async Task Nothing_that_was_said_stays_in_the_buffer()
    {
        using var input = new PiecewiseStream("user jane\npass x\nnewpass y\nnewpass half of an"u8.ToArray(), static () => 1000);
        await new PoppassdConversation(input, Stream.Null, new ScriptedDoor(), DoorClient.Unknown).RunAsync(CancellationToken.None);
        Assert.NotEmpty(input.Filled);
        Assert.All(input.Filled, memory => Assert.Equal(-1, memory.Span.IndexOfAnyExcept((byte)0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("user jane\npass secr")]
    public async Task Silent_client_is_disconnected(string said)
    {
        using var output = new MemoryStream();
        using var input = new PiecewiseStream(Encoding.Latin1.GetBytes(said), static () => 100, ends: false);
        await new PoppassdConversation(input, output, new ScriptedDoor(), DoorClient.Unknown, new DoorTimes { Line = TimeSpan.FromMilliseconds(50) }).RunAsync(CancellationToken.None);
        Assert.EndsWith("500 You took too long. Please try again.\r\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Byte_now_and_then_does_not_prolong_a_line()
    {
        using var output = new MemoryStream();
        using var input = new DrippingStream();
        await new PoppassdConversation(input, output, new ScriptedDoor(), DoorClient.Unknown, new DoorTimes { Line = TimeSpan.FromMilliseconds(200) }).RunAsync(CancellationToken.None);
        Assert.Contains("You took too long", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_that_reads_no_answer_is_disconnected()
    {
        using var input = new PiecewiseStream("user jane\n"u8.ToArray(), static () => 100, ends: false);
        await using var output = new FullStream();
        await new PoppassdConversation(input, output, new ScriptedDoor(), DoorClient.Unknown, new DoorTimes { Answer = TimeSpan.FromMilliseconds(50) }).RunAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Stopping_answers_waiting_clients_and_finishes_a_change()
    {
        using var stop = new CancellationTokenSource();
        var door = new ScriptedDoor { BeforeChange = stop.CancelAsync };
        using var output = new MemoryStream();
        using var input = new PiecewiseStream("user jane\npass x\nnewpass y\n"u8.ToArray(), static () => 100, ends: false);
        await new PoppassdConversation(input, output, door, DoorClient.Unknown).RunAsync(stop.Token);
        Assert.EndsWith("200 Changed.\r\n500 The service is being stopped. Please try again in a moment.\r\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
        Assert.Equal(["y"], door.NewPasswords);
    }

    private static Task<List<string>> TalkAsync(ScriptedDoor door, string said) => TalkAsync(door, Encoding.Latin1.GetBytes(said), static () => 1000);

    private static async Task<List<string>> TalkAsync(ScriptedDoor door, byte[] said, Func<int> piece)
    {
        using var output = new MemoryStream();
        using var input = new PiecewiseStream(said, piece);
        await new PoppassdConversation(input, output, door, DoorClient.Unknown).RunAsync(CancellationToken.None);
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        return [.. text[..^2].Split("\r\n")];
    }

    private sealed class DrippingStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(20, cancellationToken);
            buffer.Span[0] = (byte)'x';
            return 1;
        }
    }

    private sealed class FullStream : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
