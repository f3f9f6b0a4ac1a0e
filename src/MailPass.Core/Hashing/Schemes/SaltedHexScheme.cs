using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// A scheme of a mail system's own: hexadecimal salt, then the digest of salt ‖ password in lower-case hexadecimal.
/// </summary>
/// <param name="name">The name.</param>
/// <param name="saltLength">Characters of salt.</param>
/// <param name="digestLength">Bytes of the digest.</param>
internal abstract class SaltedHexScheme(string name, int saltLength, int digestLength) : PasswordScheme(name)
{
    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789abcdef"u8);

    public override bool CanHash => true;

    internal override bool IsForeign => true;

    internal override int SaltLength => saltLength;

    internal override int DigestLength => digestLength;

    internal override int RawLength(HashSettings settings) => SaltLength + (2 * DigestLength);

    internal override void FillSalts(Span<byte> salts)
    {
        RandomNumberGenerator.Fill(salts);
        foreach (ref var salt in salts)
        {
            salt = "0123456789abcdef"u8[salt & 15];
        }
    }

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            using var message = new ZeroedBuffer(SaltLength + batch.Password(i).Length);
            batch.Salt(i).CopyTo(message.Bytes);
            batch.Password(i).CopyTo(message.Bytes[SaltLength..]);
            Digest(message.Bytes, batch.Digest(i));
        }
    }

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write(salt);
        writer.Advance(Encoding.ASCII.GetBytes(HashEncodings.Encode(digest, HashEncoding.Hex), writer.Rest));
        return writer.Written;
    }

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        // These mail systems compare the texts, so an upper-case digit would match nothing.
        if (raw.Length != SaltLength + (2 * DigestLength) || raw[SaltLength..].ContainsAnyExcept(s_digits))
        {
            throw new HashFormatException($"it is not {SaltLength} characters of salt and {2 * DigestLength} hexadecimal digits.");
        }

        return new ParsedHash(new HashSettings(Name), raw[..SaltLength].ToArray(), HashEncodings.Decode(Encoding.ASCII.GetString(raw[SaltLength..]), HashEncoding.Hex));
    }

    /// <summary>The digest of salt ‖ password.</summary>
    protected abstract void Digest(ReadOnlySpan<byte> message, Span<byte> digest);
}
