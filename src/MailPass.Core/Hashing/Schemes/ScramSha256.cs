using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// SCRAM-SHA-256 as Dovecot writes it: <c>iterations,salt,StoredKey,ServerKey</c>, the last three in base64; RFC 5802
/// section 3 with SHA-256, RFC 7677.
/// </summary>
internal sealed class ScramSha256() : PasswordScheme("SCRAM-SHA-256")
{
    // RFC 7677 section 4 asks for at least 4096. Every client pays them at every login, so that is the default, too.
    private const int MinIterations = 4096;
    private const int MaxIterations = 100_000_000;
    private const int KeyBytes = SHA256.HashSizeInBytes;

    private static readonly CostRange Iterations = new(MinIterations, MaxIterations, MinIterations, MinIterations, "iterations");

    public override bool CanHash => true;

    public override CostRange Cost => Iterations;

    internal override int SaltLength => 16;

    /// <summary>StoredKey and ServerKey.</summary>
    internal override int DigestLength => 2 * KeyBytes;

    internal override int RawLength(HashSettings settings) =>
        CostOf(settings).ToString(CultureInfo.InvariantCulture).Length + 3
        + HashEncodings.EncodedLength(SaltLength, HashEncoding.Base64) + (2 * HashEncodings.EncodedLength(KeyBytes, HashEncoding.Base64));

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        Span<byte> salted = stackalloc byte[KeyBytes];
        Span<byte> clientKey = stackalloc byte[KeyBytes];
        for (var i = 0; i < batch.Count; i++)
        {
            var digest = batch.Digest(i);
            Rfc2898DeriveBytes.Pbkdf2(batch.Password(i), batch.Salt(i), salted, CostOf(settings), HashAlgorithmName.SHA256);
            HMACSHA256.HashData(salted, "Client Key"u8, clientKey);
            SHA256.HashData(clientKey, digest[..KeyBytes]);
            HMACSHA256.HashData(salted, "Server Key"u8, digest[KeyBytes..]);
        }

        CryptographicOperations.ZeroMemory(salted);
        CryptographicOperations.ZeroMemory(clientKey);
    }

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write(CostOf(settings));
        foreach (var part in (ReadOnlySpan<byte[]>)[salt.ToArray(), digest[..KeyBytes].ToArray(), digest[KeyBytes..].ToArray()])
        {
            writer.Write((byte)',');
            writer.Advance(Encoding.ASCII.GetBytes(Convert.ToBase64String(part), writer.Rest));
        }

        return writer.Written;
    }

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        if (Encoding.Latin1.GetString(raw).Split(',') is not [var count, var salt, var storedKey, var serverKey]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || !Iterations.Contains(iterations))
        {
            throw new HashFormatException($"it is not of the form iterations,salt,StoredKey,ServerKey with at least {MinIterations} iterations.");
        }

        byte[] digest = [.. HashEncodings.Decode(storedKey, HashEncoding.Base64), .. HashEncodings.Decode(serverKey, HashEncoding.Base64)];
        return digest.Length == DigestLength
            ? new ParsedHash(new HashSettings(Name, iterations), HashEncodings.Decode(salt, HashEncoding.Base64), digest)
            : throw new HashFormatException($"its keys do not have {KeyBytes} bytes each.");
    }
}
