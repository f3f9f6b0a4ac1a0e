using System.Security.Cryptography;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>SSHA256: SHA-256 of password ‖ salt.</summary>
internal sealed class Ssha256() : DigestScheme("SSHA256", 32)
{
    public override bool CanHash => true;

    internal override int SaltLength => 16;

    private protected override bool TryComputeInLanes(in HashBatch batch) => batch.Count > 1 && SaltedSha2.TryCompute256(batch);

    protected override void Digest(ReadOnlySpan<byte> message, Span<byte> digest) => SHA256.HashData(message, digest);
}
