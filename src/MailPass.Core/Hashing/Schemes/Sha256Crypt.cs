using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>SHA256-CRYPT, <c>$5$</c>: see <see cref="ShaCrypt"/> for the text and <see cref="ShaCryptKernel{TWord, TSha, TVector, TLanes}"/> for the computation.</summary>
internal sealed class Sha256Crypt() : ShaCrypt("SHA256-CRYPT")
{
    internal override int DigestLength => 32;

    protected override ReadOnlySpan<byte> Id => "$5$"u8;

    protected override ReadOnlySpan<byte> DigestOrder =>
    [
        0, 10, 20, 21, 1, 11, 12, 22, 2, 3, 13, 23, 24, 4, 14,
        15, 25, 5, 6, 16, 26, 27, 7, 17, 18, 28, 8, 9, 19, 29,
        31, 30,
    ];

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources) =>
        ShaCryptPaths.Sha256.Compute(batch, CostOf(settings));
}
