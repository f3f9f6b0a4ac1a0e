using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>SHA-crypt up to its rounds, steps 1 to 20: some two dozen blocks, of which the platform's SHA-2 does its share.</summary>
internal static class ShaCryptPrologue<TWord, TSha>
    where TWord : unmanaged
    where TSha : struct, ISha2<TWord>
{
    /// <summary>Computes what the rounds begin with.</summary>
    /// <param name="password">The password.</param>
    /// <param name="salt">The salt, at most 16 bytes.</param>
    /// <param name="a">Digest A.</param>
    /// <param name="p">The sequence P, as long as the password.</param>
    /// <param name="s">The sequence S, as long as the salt.</param>
    public static void Compute(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, Span<byte> a, Span<byte> p, Span<byte> s)
    {
        var bits = System.Numerics.BitOperations.Log2((uint)password.Length | 1) + 1;
        var longest = Math.Max(
            Math.Max(password.Length * password.Length, (16 + byte.MaxValue) * salt.Length),
            (2 * password.Length) + salt.Length + (bits * Math.Max(a.Length, password.Length)));
        using var buffer = new ZeroedBuffer(longest);
        Span<byte> b = stackalloc byte[a.Length];

        // Steps 4 to 8: digest B.
        var message = new SpanWriter(buffer.Bytes);
        message.Write(password);
        message.Write(salt);
        message.Write(password);
        TSha.Hash(buffer.Bytes[..message.Written], b);

        // Steps 1 to 3 and 9 to 12: digest A.
        message = new SpanWriter(buffer.Bytes);
        message.Write(password);
        message.Write(salt);
        Repeat(b, message.Rest[..password.Length]);
        message.Advance(password.Length);
        for (var rest = password.Length; rest > 0; rest >>= 1)
        {
            message.Write((rest & 1) != 0 ? b : password);
        }

        TSha.Hash(buffer.Bytes[..message.Written], a);

        // Steps 13 to 16: the password as often as it has bytes; the sequence P.
        var all = buffer.Bytes[..(password.Length * password.Length)];
        Repeat(password, all);
        TSha.Hash(all, b);
        Repeat(b, p);

        // Steps 17 to 20: the salt 16 times and as often again as digest A's first byte says; the sequence S.
        all = buffer.Bytes[..((16 + a[0]) * salt.Length)];
        Repeat(salt, all);
        TSha.Hash(all, b);
        Repeat(b, s);
        CryptographicOperations.ZeroMemory(b);
    }

    private static void Repeat(ReadOnlySpan<byte> block, Span<byte> destination)
    {
        for (; destination.Length > block.Length; destination = destination[block.Length..])
        {
            block.CopyTo(destination);
        }

        block[..destination.Length].CopyTo(destination);
    }
}
