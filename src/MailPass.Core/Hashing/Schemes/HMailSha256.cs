using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>hMailServer's salted SHA-256 (its <c>Common/Util/Hashing/HashCreator.cpp</c>), with six characters of salt.</summary>
internal sealed class HMailSha256() : SaltedHexScheme("HMAIL-SHA256", 6, SHA256.HashSizeInBytes)
{
    // hMailServer brings a password into its Windows' own code page before it hashes it, and nobody tells MailPass which that is.
    internal override bool TakesAsciiOnly => true;

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => SHA256.HashData(message, digest);
}
