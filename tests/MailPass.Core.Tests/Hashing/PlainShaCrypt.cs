using System.Security.Cryptography;
using MailPass.Hashing.Primitives;

namespace MailPass.Core.Tests.Hashing;

/// <summary>
/// The computation of SHA-crypt, one password at a time on the platform's SHA-2, step by step as Drepper's
/// specification numbers it. The measure of correctness for the faster forms.
/// </summary>
internal static class PlainShaCrypt
{
    public static void Compute(HashAlgorithmName algorithm, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int rounds, Span<byte> digest)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        var size = hash.HashLengthInBytes;
        Span<byte> a = stackalloc byte[64];
        Span<byte> b = stackalloc byte[64];
        a = a[..size];
        b = b[..size];

        // Steps 4 to 8: digest B.
        hash.AppendData(password);
        hash.AppendData(salt);
        hash.AppendData(password);
        hash.GetHashAndReset(b);

        // Steps 1 to 3 and 9 to 12: digest A.
        hash.AppendData(password);
        hash.AppendData(salt);
        AppendRepeated(hash, b, password.Length);
        for (var bits = password.Length; bits > 0; bits >>= 1)
        {
            hash.AppendData((bits & 1) != 0 ? b : password);
        }

        hash.GetHashAndReset(a);

        // Steps 13 to 16: the sequence P, as long as the password.
        for (var i = 0; i < password.Length; i++)
        {
            hash.AppendData(password);
        }

        hash.GetHashAndReset(b);
        using var p = new ZeroedBuffer(password.Length);
        Repeat(b, p.Bytes);

        // Steps 17 to 20: the sequence S, as long as the salt.
        for (var i = 0; i < 16 + a[0]; i++)
        {
            hash.AppendData(salt);
        }

        hash.GetHashAndReset(b);
        using var s = new ZeroedBuffer(salt.Length);
        Repeat(b, s.Bytes);

        // Step 21: the rounds.
        for (var i = 0; i < rounds; i++)
        {
            hash.AppendData((i & 1) != 0 ? p.Bytes : a);
            if (i % 3 != 0)
            {
                hash.AppendData(s.Bytes);
            }

            if (i % 7 != 0)
            {
                hash.AppendData(p.Bytes);
            }

            hash.AppendData((i & 1) != 0 ? a : p.Bytes);
            hash.GetHashAndReset(a);
        }

        a.CopyTo(digest);
        CryptographicOperations.ZeroMemory(a);
        CryptographicOperations.ZeroMemory(b);
    }

    private static void AppendRepeated(IncrementalHash hash, ReadOnlySpan<byte> block, int length)
    {
        for (; length > block.Length; length -= block.Length)
        {
            hash.AppendData(block);
        }

        hash.AppendData(block[..length]);
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
