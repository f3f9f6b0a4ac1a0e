using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>hMailServer's salted SHA-256 (its <c>Common/Util/Hashing/HashCreator.cpp</c>), with six characters of salt.</summary>
internal sealed class HMailSha256() : SaltedHexScheme("HMAIL-SHA256", 6, SHA256.HashSizeInBytes)
{
    // hMailServer converts a password to the code page of its Windows before it hashes it, and MailPass does not know that code page.
    internal override bool TakesAsciiOnly => true;

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => SHA256.HashData(message, digest);
}
