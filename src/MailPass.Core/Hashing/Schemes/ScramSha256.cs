using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// SCRAM-SHA-256 as Dovecot writes it: <c>iterations,salt,StoredKey,ServerKey</c>, the last three in base64; RFC 5802
/// section 3 with SHA-256, RFC 7677.
/// </summary>
internal sealed class ScramSha256() : PasswordScheme("SCRAM-SHA-256")
{
    // RFC 7677 section 4 requires at least 4096. Every client computes them at every login, so this is the default, too.
    private const int MinIterations = 4096;
    private const int MaxIterations = 100_000_000;
    private const int KeyBytes = SHA256.HashSizeInBytes;

    private static readonly CostRange Iterations = new(MinIterations, MaxIterations, MinIterations, MinIterations, 1_000_000, 20_000_000, "iterations");

    public override bool CanHash => true;

    public override CostRange Cost => Iterations;

    internal override bool CanStandBare => false;

    internal override int SaltLength => 16;

    /// <summary>StoredKey and ServerKey.</summary>
    internal override int DigestLength => 2 * KeyBytes;

    internal override int RawLength(HashSettings settings) =>
        CostOf(settings).ToString(CultureInfo.InvariantCulture).Length + 3
        + HashEncodings.EncodedLength(SaltLength, HashEncoding.Base64) + (2 * HashEncodings.EncodedLength(KeyBytes, HashEncoding.Base64));

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        using var salted = new ZeroedBuffer(batch.Count * KeyBytes);
        Pbkdf2Paths.Sha256.Derive(batch, CostOf(settings), salted.Bytes);
        Span<byte> clientKey = stackalloc byte[KeyBytes];
        for (var i = 0; i < batch.Count; i++)
        {
            var key = salted.Bytes.Slice(i * KeyBytes, KeyBytes);
            var digest = batch.Digest(i);
            HMACSHA256.HashData(key, "Client Key"u8, clientKey);
            SHA256.HashData(clientKey, digest[..KeyBytes]);
            HMACSHA256.HashData(key, "Server Key"u8, digest[KeyBytes..]);
        }

        CryptographicOperations.ZeroMemory(clientKey);
    }

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write(CostOf(settings));
        WriteField(ref writer, salt);
        WriteField(ref writer, digest[..KeyBytes]);
        WriteField(ref writer, digest[KeyBytes..]);
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

    private static void WriteField(ref SpanWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write((byte)',');
        Base64.EncodeToUtf8(bytes, writer.Rest, out _, out var written);
        writer.Advance(written);
    }
}
