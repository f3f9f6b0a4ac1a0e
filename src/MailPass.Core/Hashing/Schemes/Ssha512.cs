using System.Security.Cryptography;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>SSHA512: SHA-512 of password ‖ salt.</summary>
internal sealed class Ssha512() : DigestScheme("SSHA512", 64)
{
    public override bool CanHash => true;

    internal override int SaltLength => 16;

    private protected override bool TryComputeInLanes(in HashBatch batch) => batch.Count > 1 && SaltedSha2.TryCompute512(batch);

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => SHA512.HashData(message, digest);
}
