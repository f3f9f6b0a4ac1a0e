using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MailPass.Secrets;

/// <summary>
/// A password in memory that the garbage collector does not copy and that is overwritten when it is disposed of.
/// It is UTF-8, over which every hash is computed, in Unicode NFC (RFC 8265, OpaqueString), so that a
/// password typed on two keyboards is the same password.
/// </summary>
/// <remarks>
/// Reading while another thread disposes is the caller's mistake, as with any buffer; reading after disposal throws.
/// A span of <see cref="Utf8"/> does not keep the secret alive: keep the secret, and dispose of it, for as long.
/// </remarks>
[DebuggerDisplay("(secret)")]
public sealed unsafe class Secret : IDisposable
{
    // Memory outside the managed heap: it does not move, so a compaction leaves no copy.
    private nint _bytes;
    private readonly int _length;

    private Secret(int length)
    {
        _length = length;
        _bytes = (nint)NativeMemory.Alloc((nuint)Math.Max(length, 1));
    }

    /// <summary>Overwrites what an owner forgot to dispose.</summary>
    ~Secret() => Release();

    /// <summary>The length in bytes of UTF-8.</summary>
    public int Length => _length;

    /// <summary>The password's UTF-8 bytes, valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The secret has been overwritten already.</exception>
    public ReadOnlySpan<byte> Utf8
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes == 0, this);
            return new ReadOnlySpan<byte>((void*)_bytes, _length);
        }
    }

    /// <summary>Takes over text, normalised to NFC.</summary>
    /// <param name="text">The password.</param>
    /// <param name="secret">The secret, to be disposed of by the caller.</param>
    /// <returns><see langword="false"/> if the text is not valid Unicode: half of a surrogate pair, or U+FFFE.</returns>
    public static bool TryFromChars(ReadOnlySpan<char> text, out Secret? secret)
    {
        secret = null;
        if (Ascii.IsValid(text))
        {
            secret = new Secret(text.Length);
            Ascii.FromUtf16(text, secret.Writable, out _);
            return true;
        }

        if (!UnicodeText.CanBeNormalized(text))
        {
            return false;
        }

        // The platform normalises only strings. These two are not interned and not shared, so
        // they may be overwritten in place afterwards, which leaves no copy except one from a compaction in between.
        var typed = new string(text);
        var normalized = typed.Normalize(NormalizationForm.FormC);
        secret = new Secret(Encoding.UTF8.GetByteCount(normalized));
        Encoding.UTF8.GetBytes(normalized, secret.Writable);
        Overwrite(normalized);
        Overwrite(typed);
        return true;
    }

    /// <summary>Takes over text, normalised to NFC.</summary>
    /// <param name="text">The password.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PasswordInvalid"/>: the text is not valid Unicode.</exception>
    public static Secret FromChars(ReadOnlySpan<char> text) =>
        TryFromChars(text, out var secret)
            ? secret!
            : throw new MailPassException(ErrorIds.PasswordInvalid, "The password is not valid Unicode text: it contains half of a surrogate pair, or U+FFFE.");

    /// <summary>Takes over bytes as they are.</summary>
    /// <param name="utf8">The password's UTF-8.</param>
    public static Secret FromUtf8(ReadOnlySpan<byte> utf8)
    {
        var secret = new Secret(utf8.Length);
        utf8.CopyTo(secret.Writable);
        return secret;
    }

    /// <summary>Makes a secret in place, so that no other copy ever exists.</summary>
    /// <param name="length">Its length in bytes, 0 or more.</param>
    /// <param name="state">Handed to <paramref name="fill"/>.</param>
    /// <param name="fill">Writes all of the buffer.</param>
    /// <typeparam name="TState">The state's type.</typeparam>
    public static Secret Create<TState>(int length, TState state, SpanAction<byte, TState> fill)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentNullException.ThrowIfNull(fill);
        var secret = new Secret(length);
        secret.Writable.Clear();
        fill(secret.Writable, state);
        return secret;
    }

    /// <summary>A second, independent copy.</summary>
    public Secret Clone()
    {
        var clone = FromUtf8(Utf8);
        GC.KeepAlive(this);
        return clone;
    }

    /// <summary>Whether both have the same password; the time does not depend on which byte differs.</summary>
    /// <param name="other">The other secret.</param>
    public bool FixedTimeEquals(Secret other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var isSame = CryptographicOperations.FixedTimeEquals(Utf8, other.Utf8);
        GC.KeepAlive(other);
        GC.KeepAlive(this);
        return isSame;
    }

    /// <summary>Writes the password as UTF-16 into a buffer that the caller overwrites afterwards.</summary>
    /// <param name="destination">At least <see cref="Length"/> characters.</param>
    /// <returns>How many characters were written.</returns>
    public int CopyChars(Span<char> destination)
    {
        var count = Encoding.UTF8.GetChars(Utf8, destination);
        GC.KeepAlive(this);
        return count;
    }

    /// <summary>The password as an ordinary string, for a caller that must show it.</summary>
    public string Reveal()
    {
        var text = Encoding.UTF8.GetString(Utf8);
        GC.KeepAlive(this);
        return text;
    }

    /// <summary>Never the password.</summary>
    public override string ToString() => "(secret)";

    /// <summary>Overwrites the password.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Overwrites the password and keeps the memory.</summary>
    internal void Erase() => Erase((void*)_bytes);

    private Span<byte> Writable => new((void*)_bytes, _length);

    private static void Overwrite(string text) =>
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(text.AsSpan()), text.Length).Clear();

    private void Release()
    {
        var bytes = (void*)Interlocked.Exchange(ref _bytes, 0);
        if (bytes is null)
        {
            return;
        }

        Erase(bytes);
        NativeMemory.Free(bytes);
    }

    private void Erase(void* bytes) => CryptographicOperations.ZeroMemory(new Span<byte>(bytes, _length));
}
