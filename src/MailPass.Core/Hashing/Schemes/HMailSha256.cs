using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// hMailServer's salted SHA-256 (its <c>Common/Util/Hashing/HashCreator.cpp</c>): six characters of salt, then SHA-256 of salt ‖ password in
/// lower-case hexadecimal.
/// </summary>
internal sealed class HMailSha256() : PasswordScheme("HMAIL-SHA256")
{
    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789abcdef"u8);

    public override bool CanHash => true;

    internal override bool IsForeign => true;

    // hMailServer brings a password into its Windows' own code page before it hashes it, and nobody tells MailPass which that is.
    internal override bool TakesAsciiOnly => true;

    internal override int SaltLength => 6;

    internal override int DigestLength => SHA256.HashSizeInBytes;

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
            SHA256.HashData(message.Bytes, batch.Digest(i));
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
        // hMailServer compares the texts, so an upper-case digit would match nothing.
        if (raw.Length != SaltLength + (2 * DigestLength) || raw[SaltLength..].ContainsAnyExcept(s_digits))
        {
            throw new HashFormatException("it is not six characters of salt and 64 hexadecimal digits.");
        }

        return new ParsedHash(new HashSettings(Name), raw[..SaltLength].ToArray(), HashEncodings.Decode(Encoding.ASCII.GetString(raw[SaltLength..]), HashEncoding.Hex));
    }
}
