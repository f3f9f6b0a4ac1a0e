using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>SHA256: without salt; verified only.</summary>
internal sealed class Sha256() : DigestScheme("SHA256", 32)
{
    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => System.Security.Cryptography.SHA256.HashData(message, digest);
}
