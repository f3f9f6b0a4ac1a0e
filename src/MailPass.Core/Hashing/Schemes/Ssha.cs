using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>SSHA: SHA-1 of password ‖ salt, RFC 2307's successor; verified only.</summary>
internal sealed class Ssha() : DigestScheme("SSHA", 20)
{
    internal override int SaltLength => 4;

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => SHA1.HashData(message, digest);
}
