using System.Text;
using MailPass.Doors;
using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Doors;

/// <summary>A door that remembers its calls, byte for byte (as Latin-1).</summary>
internal sealed class ScriptedDoor : IOwnersDoor
{
    public List<string> Mailboxes { get; } = [];

    public List<string> Passwords { get; } = [];

    public List<string> NewPasswords { get; } = [];

    public Func<string, bool> IsRight { get; init; } = static _ => true;

    public DoorAnswer ChangeAnswer { get; init; } = new(true, "Changed.");

    public Func<Task> BeforeChange { get; init; } = static () => Task.CompletedTask;

    public List<Secret> Given { get; } = [];

    public ValueTask<(DoorAnswer Answer, MailboxAccount? Owner)> SignInAsync(ReadOnlyMemory<byte> mailbox, Secret password, DoorClient client, CancellationToken cancellationToken)
    {
        Mailboxes.Add(Encoding.Latin1.GetString(mailbox.Span));
        Passwords.Add(Encoding.Latin1.GetString(password.Utf8));
        Given.Add(password);
        var address = MailboxAddress.Parse("jane@example.com");
        return new(IsRight(Passwords[^1])
            ? (new DoorAnswer(true, "Your new password, please."), new MailboxAccount { Address = address, StoreKey = "jane" })
            : (new DoorAnswer(false, "Wrong."), null));
    }

    public async ValueTask<DoorAnswer> ChangeAsync(MailboxAccount owner, Secret current, ReadOnlyMemory<byte> password, DoorClient client)
    {
        await BeforeChange();
        NewPasswords.Add(Encoding.Latin1.GetString(password.Span));
        current.Dispose();
        return ChangeAnswer;
    }
}

/// <summary>A stream that returns its content in pieces, and then ends or blocks.</summary>
internal sealed class PiecewiseStream(byte[] bytes, Func<int> nextPiece, bool ends = true) : Stream
{
    private int _position;

    /// <summary>The memory that was read into.</summary>
    public List<Memory<byte>> Filled { get; } = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => bytes.Length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == bytes.Length && !ends)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        Filled.Add(buffer);
        return Read(buffer.Span);
    }

    public override int Read(Span<byte> buffer)
    {
        var length = Math.Min(Math.Min(buffer.Length, Math.Max(1, nextPiece())), bytes.Length - _position);
        bytes.AsSpan(_position, length).CopyTo(buffer);
        _position += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
