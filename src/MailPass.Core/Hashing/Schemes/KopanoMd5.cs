using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>Salted MD5 of Kopano and Zarafa (<c>provider/plugins/DBBase.cpp</c>, <c>CreateMD5Hash</c>), with eight characters of salt; their database user source reads no other form.</summary>
internal sealed class KopanoMd5() : SaltedHexScheme("KOPANO-MD5", 8, MD5.HashSizeInBytes)
{
    // Kopano's gateway reads an IMAP password as windows-1252 (gateway/IMAP.cpp, HrCmdLogin); its other clients send UTF-8.
    internal override bool TakesAsciiOnly => true;

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => MD5.HashData(message, digest);
}
