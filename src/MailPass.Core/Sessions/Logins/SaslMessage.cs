using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MailPass.Secrets;

namespace MailPass.Sessions.Logins;

/// <summary>A line with a password in it, in memory that does not move and is overwritten after use.</summary>
internal sealed class SaslMessage : IDisposable
{
    private readonly byte[] _bytes;
    private int _length;

    private SaslMessage(int capacity) => _bytes = GC.AllocateArray<byte>(capacity, pinned: true);

    /// <summary>The line, its CR LF included.</summary>
    public ReadOnlyMemory<byte> Line => _bytes.AsMemory(0, _length);

    /// <summary>PLAIN's one message (RFC 4616), <c>NUL user NUL password</c>, in base64 after a command.</summary>
    public static SaslMessage Plain(string command, string user, Secret password)
    {
        var userBytes = Encoding.UTF8.GetByteCount(user);
        var raw = 2 + userBytes + password.Length;
        var message = new SaslMessage(command.Length + Base64.GetMaxEncodedToUtf8Length(raw) + 2);
        message.Append(command);
        var body = message._bytes.AsSpan(message._length);
        body[0] = 0;
        Encoding.UTF8.GetBytes(user, body[1..]);
        body[1 + userBytes] = 0;
        password.Utf8.CopyTo(body[(2 + userBytes)..]);
        message.EncodeInPlace(raw);
        return message;
    }

    /// <summary>LOGIN's second message: the password in base64.</summary>
    public static SaslMessage Password(Secret password)
    {
        var message = new SaslMessage(Base64.GetMaxEncodedToUtf8Length(password.Length) + 2);
        password.Utf8.CopyTo(message._bytes);
        message.EncodeInPlace(password.Length);
        return message;
    }

    /// <summary>The password as it is, for an IMAP literal.</summary>
    public static SaslMessage Literal(Secret password)
    {
        var message = new SaslMessage(password.Length + 2);
        password.Utf8.CopyTo(message._bytes);
        message._length = password.Length;
        message.Append("\r\n");
        return message;
    }

    /// <summary>Whether a server's text repeats the password, plain or as it was sent.</summary>
    public static bool IsIn(string answer, string user, Secret password)
    {
        var said = Encoding.Latin1.GetBytes(answer);
        using var plain = Plain(string.Empty, user, password);
        using var alone = Password(password);
        return password.Length > 0
            && (said.AsSpan().IndexOf(password.Utf8) >= 0
                || said.AsSpan().IndexOf(plain.Line.Span.TrimEnd("\r\n"u8)) >= 0
                || said.AsSpan().IndexOf(alone.Line.Span.TrimEnd("\r\n"u8)) >= 0);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private void Append(string ascii) => _length += Encoding.ASCII.GetBytes(ascii, _bytes.AsSpan(_length));

    private void EncodeInPlace(int raw)
    {
        Base64.EncodeToUtf8InPlace(_bytes.AsSpan(_length), raw, out var written);
        _length += written;
        Append("\r\n");
    }
}
