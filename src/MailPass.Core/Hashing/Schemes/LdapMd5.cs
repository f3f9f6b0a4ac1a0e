using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>LDAP-MD5: MD5 without salt in base64, RFC 2307; verified only.</summary>
internal sealed class LdapMd5() : DigestScheme("LDAP-MD5", 16)
{
    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => MD5.HashData(message, digest);
}
