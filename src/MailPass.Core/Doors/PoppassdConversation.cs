using System.Security.Cryptography;
using System.Text;
using MailPass.Mailboxes;
using MailPass.Rows;
using MailPass.Secrets;

namespace MailPass.Doors;

/// <summary>
/// One conversation in Eudora's poppassd protocol: lines <c>user NAME</c>, <c>pass PASSWORD</c>, <c>newpass PASSWORD</c> and
/// <c>quit</c>, each answered by one line that begins with 200 or 500. Behind the one space that follows the word every byte counts,
/// up to the line's end.
/// </summary>
/// <remarks>
/// A wrong password and a refused new one end the conversation, as in Eudora's own server, because AfterLogic reads until then. A
/// successful change does not, because SnappyMail sends <c>quit</c> and expects an answer.
/// </remarks>
public sealed class PoppassdConversation
{
    /// <summary>The longest line in bytes; a longer one is answered with 500 and ends the conversation.</summary>
    public const int LongestLine = 4096;

    private const int MostMistakes = 10;

    private readonly Stream _input;
    private readonly Stream _output;
    private readonly IOwnersDoor _door;
    private readonly DoorClient _client;
    private readonly DoorTimes _times;
    private readonly TimeProvider _clock;
    private byte[]? _mailbox;
    private Secret? _current;
    private MailboxAccount? _owner;
    private int _mistakes;

    /// <summary>Prepares a conversation.</summary>
    /// <param name="input">The client's lines; stays the caller's.</param>
    /// <param name="output">The answers; stays the caller's.</param>
    /// <param name="door">The door that does the work.</param>
    /// <param name="client">Who it is.</param>
    /// <param name="times">How long it may take.</param>
    /// <param name="clock">The clock.</param>
    public PoppassdConversation(Stream input, Stream output, IOwnersDoor door, DoorClient client, DoorTimes? times = null, TimeProvider? clock = null)
    {
        (_input, _output, _door, _client, _times, _clock) = (input, output, door, client, times ?? new(), clock ?? TimeProvider.System);
    }

    /// <summary>The mailbox whose password was changed, if one was.</summary>
    public MailboxAddress? Changed { get; private set; }

    /// <summary>Talks until one side ends it. A change that was begun is completed.</summary>
    /// <param name="stop">The service stops.</param>
    /// <exception cref="IOException">The client is gone.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var whole = new CancellationTokenSource(_times.Conversation, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, whole.Token);
        using var lines = new SecretLineReader(_input, LongestLine);
        try
        {
            if (await TalkAsync(lines, either.Token).ConfigureAwait(false))
            {
                return;
            }

            await SayAsync(false, stop.IsCancellationRequested ? "The service is being stopped. Please try again in a moment." : "You took too long. Please try again.").ConfigureAwait(false);
        }
        finally
        {
            _current?.Dispose();
            _current = null;
        }
    }

    /// <summary>Answers one line after the other; <see langword="false"/> if the time for it was over.</summary>
    private async Task<bool> TalkAsync(SecretLineReader lines, CancellationToken cancellationToken)
    {
        try
        {
            for (var goesOn = await SayAsync(true, "Hello, who are you?").ConfigureAwait(false); goesOn;)
            {
                if (await ReadAsync(lines, cancellationToken).ConfigureAwait(false) is not { } kind)
                {
                    return false;
                }

                goesOn = kind is not LineKind.End && await AnswerAsync(kind, lines, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // Null if it took too long. The time is the whole line's: a byte now and then does not prolong it.
    private async Task<LineKind?> ReadAsync(SecretLineReader lines, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_times.Line, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await lines.ReadAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Answers a line, and returns whether the conversation continues.</summary>
    private async Task<bool> AnswerAsync(LineKind kind, SecretLineReader lines, CancellationToken cancellationToken)
    {
        if (kind is LineKind.TooLong)
        {
            await SayAsync(false, FormattableString.Invariant($"The line is longer than {LongestLine} bytes.")).ConfigureAwait(false);
            return false;
        }

        var (word, rest) = Split(lines.Line);
        switch (word)
        {
            case "user":
                var name = lines.Line[rest].Trim(" \t"u8);
                Forget();
                _mailbox = name.ToArray();
                return name.IsEmpty ? await MistakeAsync("Say: user, and your mailbox.").ConfigureAwait(false) : await SayAsync(true, "Your password, please.").ConfigureAwait(false);
            case "pass" when _mailbox is { Length: > 0 } && _owner is null:
                return await SignInAsync(lines, rest, cancellationToken).ConfigureAwait(false);
            case "newpass" when _owner is not null:
                return await ChangeAsync(lines, rest).ConfigureAwait(false);
            case "pass":
                return await MistakeAsync(_owner is null ? "Say first who you are: user, and your mailbox." : "You have said your password already.").ConfigureAwait(false);
            case "newpass":
                return await MistakeAsync("Say your current password first.").ConfigureAwait(false);
            case "quit":
                await SayAsync(true, "Bye.").ConfigureAwait(false);
                return false;
            default:
                return await MistakeAsync("What is known here: user, pass, newpass, quit.").ConfigureAwait(false);
        }
    }

    private async Task<bool> SignInAsync(SecretLineReader lines, Range rest, CancellationToken cancellationToken)
    {
        var password = Secret.FromUtf8(lines.Line[rest]);
        lines.Forget();
        try
        {
            var (answer, owner) = await _door.SignInAsync(_mailbox, password, _client, cancellationToken).ConfigureAwait(false);
            if (owner is not null)
            {
                (_owner, _current, password) = (owner, password, null);
            }

            return await SayAsync(answer.Done, answer.Text).ConfigureAwait(false) && answer.Done;
        }
        finally
        {
            password?.Dispose();
        }
    }

    private async Task<bool> ChangeAsync(SecretLineReader lines, Range rest)
    {
        var password = GC.AllocateUninitializedArray<byte>(lines.Line[rest].Length, pinned: true);
        try
        {
            lines.Line[rest].CopyTo(password);
            lines.Forget();
            var (owner, current) = (_owner!, _current!);
            (_owner, _current) = (null, null);
            var answer = await _door.ChangeAsync(owner, current, password, _client).ConfigureAwait(false);
            Changed = answer.Done ? owner.Address : Changed;
            return await SayAsync(answer.Done, answer.Text).ConfigureAwait(false) && answer.Done;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private void Forget()
    {
        _current?.Dispose();
        (_mailbox, _current, _owner) = (null, null, null);
    }

    private async Task<bool> MistakeAsync(string text) => await SayAsync(false, text).ConfigureAwait(false) && ++_mistakes < MostMistakes;

    private async Task<bool> SayAsync(bool done, string text)
    {
        var line = Encoding.UTF8.GetBytes($"{(done ? "200" : "500")} {Printable.Of(text)}\r\n");
        using var patience = new CancellationTokenSource(_times.Answer, _clock);
        try
        {
            await _output.WriteAsync(line, patience.Token).AsTask().WaitAsync(patience.Token).ConfigureAwait(false);
            await _output.FlushAsync(patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Only the command is compared without regard to case; what follows its space may be a password.
    private static (string Word, Range Tail) Split(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var end = space < 0 ? line.Length : space;
        return (end > 10 ? string.Empty : Encoding.Latin1.GetString(line[..end]).ToLowerInvariant(), (space < 0 ? end : space + 1)..line.Length);
    }
}
