using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>PLAIN-MD5: MD5 without salt in hexadecimal; verified only.</summary>
internal sealed class PlainMd5() : DigestScheme("PLAIN-MD5", 16)
{
    internal override HashEncoding DefaultEncoding => HashEncoding.Hex;

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => MD5.HashData(message, digest);
}
