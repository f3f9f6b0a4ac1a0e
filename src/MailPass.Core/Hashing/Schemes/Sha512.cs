using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>SHA512: without salt; verified only.</summary>
internal sealed class Sha512() : DigestScheme("SHA512", 64)
{
    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => System.Security.Cryptography.SHA512.HashData(message, digest);
}
