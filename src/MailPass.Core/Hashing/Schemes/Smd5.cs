using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>SMD5: MD5 of password ‖ salt; verified only.</summary>
internal sealed class Smd5() : DigestScheme("SMD5", 16)
{
    internal override int SaltLength => 4;

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => MD5.HashData(message, digest);
}
