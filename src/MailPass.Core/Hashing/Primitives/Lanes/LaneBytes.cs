using System.Runtime.CompilerServices;

namespace MailPass.Hashing.Primitives.Lanes;

/// <summary>Messages and digests as bytes of one lane. SHA-2 counts a word's bytes from the most significant one.</summary>
internal static unsafe class LaneBytes<TWord, TVector>
    where TWord : unmanaged
    where TVector : unmanaged
{
    /// <summary>Writes bytes into a lane.</summary>
    /// <returns>The offset behind them.</returns>
    public static int Put(TVector* words, int lane, int offset, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            *At(words, lane, offset++) = value;
        }

        return offset;
    }

    /// <summary>Reads a lane from its beginning.</summary>
    public static void Get(TVector* words, int lane, Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = *At(words, lane, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* At(TVector* words, int lane, int offset)
    {
        var inWord = offset % sizeof(TWord);
        return (byte*)((TWord*)(words + (offset / sizeof(TWord))) + lane) + (BitConverter.IsLittleEndian ? sizeof(TWord) - 1 - inWord : inWord);
    }
}
