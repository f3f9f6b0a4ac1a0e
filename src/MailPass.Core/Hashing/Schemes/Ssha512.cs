using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>SSHA512: SHA-512 of password ‖ salt.</summary>
internal sealed class Ssha512() : DigestScheme("SSHA512", 64)
{
    public override bool CanHash => true;

    internal override int SaltLength => 16;

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => SHA512.HashData(message, digest);
}
