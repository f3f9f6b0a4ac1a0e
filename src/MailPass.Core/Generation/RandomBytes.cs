using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Generation;

/// <summary>
/// The operating system's random numbers, drawn by the kilobyte because each draw has a fixed cost. One instance per thread.
/// Used bytes are overwritten at once, so that memory does not show earlier passwords.
/// </summary>
internal sealed unsafe class RandomBytes
{
    private const int Size = 2048;

    [ThreadStatic]
    private static RandomBytes? _ofThread;

    // Outside the managed heap, so that no copy is left behind by a compaction.
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(Size);
    private int _next = Size;

    private RandomBytes()
    {
    }

    /// <summary>Overwrites what an ended thread left unused.</summary>
    ~RandomBytes()
    {
        CryptographicOperations.ZeroMemory(new Span<byte>(_buffer, Size));
        NativeMemory.Free(_buffer);
    }

    /// <summary>This thread's source.</summary>
    internal static RandomBytes OfThread => _ofThread ??= new RandomBytes();

    /// <summary>One byte.</summary>
    internal byte Next()
    {
        if (_next == Size)
        {
            RandomNumberGenerator.Fill(new Span<byte>(_buffer, Size));
            _next = 0;
        }

        var value = _buffer[_next];
        _buffer[_next++] = 0;
        return value;
    }

    /// <summary>A number from 0 to one less than <paramref name="count"/>, each as likely: bytes beyond the last whole multiple are drawn again.</summary>
    /// <param name="count">1 to 256.</param>
    internal int Below(int count)
    {
        var limit = 256 - (256 % count);
        int value;
        do
        {
            value = Next();
        }
        while (value >= limit);

        return value % count;
    }

    /// <summary>A number from 0 to one less than <paramref name="count"/>, for counts of any size.</summary>
    /// <param name="count">1 or more.</param>
    internal int BelowAny(int count)
    {
        if (count <= 256)
        {
            return Below(count);
        }

        if (count > 65536)
        {
            return RandomNumberGenerator.GetInt32(count);
        }

        var limit = 65536 - (65536 % count);
        int value;
        do
        {
            value = Next() | (Next() << 8);
        }
        while (value >= limit);

        return value % count;
    }

    /// <summary>A number from 0 to one less than <paramref name="count"/>. It stays in memory, so nothing may depend on its secrecy.</summary>
    /// <param name="count">1 or more.</param>
    internal BigInteger Below(BigInteger count)
    {
        var bits = (int)count.GetBitLength();
        Span<byte> bytes = stackalloc byte[(bits + 7) / 8];
        BigInteger value;
        do
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = Next();
            }

            // Little-endian: the last byte has the highest bits.
            bytes[^1] &= (byte)(0xFF >> ((8 - (bits % 8)) % 8));
            value = new BigInteger(bytes, isUnsigned: true);
        }
        while (value >= count);

        return value;
    }
}
