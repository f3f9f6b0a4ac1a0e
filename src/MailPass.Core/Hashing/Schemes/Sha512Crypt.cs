using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>SHA512-CRYPT, <c>$6$</c>: see <see cref="ShaCrypt"/> for the text and <see cref="ShaCryptKernel{TWord, TSha, TVector, TLanes}"/> for the computation.</summary>
internal sealed class Sha512Crypt() : ShaCrypt("SHA512-CRYPT")
{
    internal override int DigestLength => 64;

    protected override ReadOnlySpan<byte> Id => "$6$"u8;

    protected override ReadOnlySpan<byte> DigestOrder =>
    [
        0, 21, 42, 22, 43, 1, 44, 2, 23, 3, 24, 45, 25, 46, 4,
        47, 5, 26, 6, 27, 48, 28, 49, 7, 50, 8, 29, 9, 30, 51,
        31, 52, 10, 53, 11, 32, 12, 33, 54, 34, 55, 13, 56, 14, 35,
        15, 36, 57, 37, 58, 16, 59, 17, 38, 18, 39, 60, 40, 61, 19,
        62, 20, 41, 63,
    ];

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources) =>
        ShaCryptPaths.Sha512.Compute(batch, CostOf(settings));
}
