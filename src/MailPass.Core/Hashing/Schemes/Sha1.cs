using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>SHA1: without salt; verified only.</summary>
internal sealed class Sha1() : DigestScheme("SHA1", 20, "SHA")
{
    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => System.Security.Cryptography.SHA1.HashData(message, digest);
}
