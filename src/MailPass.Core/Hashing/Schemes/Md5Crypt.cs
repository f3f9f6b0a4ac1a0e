using System.Security.Cryptography;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>MD5-CRYPT, <c>$1$</c>: Poul-Henning Kamp's algorithm from FreeBSD 2.0 (1994); verified only.</summary>
internal sealed class Md5Crypt() : PasswordScheme("MD5-CRYPT")
{
    private const int Rounds = 1000;
    private const int MaxSalt = 8;

    internal override bool IsCryptFormat => true;

    internal override int DigestLength => MD5.HashSizeInBytes;

    private static ReadOnlySpan<byte> Id => "$1$"u8;

    // Most significant byte of each group first.
    private static ReadOnlySpan<byte> DigestOrder => [0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 5, 11];

    internal override int RawLength(HashSettings settings) => throw new NotSupportedException("MD5-CRYPT is verified only.");

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Compute(batch.Password(i), batch.Salt(i), batch.Digest(i));
        }
    }

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination) =>
        throw new NotSupportedException("MD5-CRYPT is verified only.");

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        var end = raw.StartsWith(Id) ? raw[Id.Length..].IndexOf((byte)'$') : -1;
        if (end is < 0 or > MaxSalt)
        {
            throw new HashFormatException($"it is not of the form $1$salt$digest with a salt of up to {MaxSalt} characters.");
        }

        var digest = new byte[DigestLength];
        CryptBase64.Decode(raw[(Id.Length + end + 1)..], DigestOrder, digest);
        return new ParsedHash(new HashSettings(Name), raw.Slice(Id.Length, end).ToArray(), digest);
    }

    private static void Compute(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, Span<byte> digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        Span<byte> state = stackalloc byte[MD5.HashSizeInBytes];
        hash.AppendData(password);
        hash.AppendData(salt);
        hash.AppendData(password);
        hash.GetHashAndReset(state);

        hash.AppendData(password);
        hash.AppendData(Id);
        hash.AppendData(salt);
        for (var rest = password.Length; rest > 0; rest -= state.Length)
        {
            hash.AppendData(state[..Math.Min(rest, state.Length)]);
        }

        // A bug of the first implementation that all others must repeat: NUL instead of the digest.
        for (var bits = password.Length; bits > 0; bits >>= 1)
        {
            hash.AppendData((bits & 1) != 0 ? [0] : password[..1]);
        }

        hash.GetHashAndReset(state);
        for (var i = 0; i < Rounds; i++)
        {
            hash.AppendData((i & 1) != 0 ? password : state);
            if (i % 3 != 0)
            {
                hash.AppendData(salt);
            }

            if (i % 7 != 0)
            {
                hash.AppendData(password);
            }

            hash.AppendData((i & 1) != 0 ? state : password);
            hash.GetHashAndReset(state);
        }

        state.CopyTo(digest);
        CryptographicOperations.ZeroMemory(state);
    }
}
