using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>Computes up to a path's capacity of a batch, from <paramref name="first"/> on; the keys become 32 bytes each.</summary>
internal delegate void Pbkdf2Compute(in HashBatch batch, int first, int count, int iterations, Span<byte> keys);

/// <summary>One way through the processor.</summary>
/// <param name="Name">The instruction set.</param>
/// <param name="Capacity">How many passwords at once.</param>
/// <param name="IsSupported">Whether this processor and runtime have it.</param>
/// <param name="Compute">The computation.</param>
internal sealed record Pbkdf2Path(string Name, int Capacity, bool IsSupported, Pbkdf2Compute Compute);

/// <summary>PBKDF2 with HMAC-SHA-256: many at once in lanes, few by the platform.</summary>
internal static class Pbkdf2Paths
{
    private const int KeyBytes = SHA256.HashSizeInBytes;

    /// <summary>
    /// A block takes the platform 120 ns (measured with OpenSSL on Zen 5, which has instructions for SHA-256), and all lanes
    /// of a vector together 180 ns (AVX-512) to 300 ns (128 bits): from three on, lanes are faster.
    /// </summary>
    private const int FewestInLanes = 3;

    /// <summary>The widest first.</summary>
    public static IReadOnlyList<Pbkdf2Path> All { get; } =
    [
        Path<Vector512<uint>, Avx512Lanes32>("AVX-512", Avx512F.IsSupported && Vector512.IsHardwareAccelerated),
        Path<Vector256<uint>, Avx512Lanes32Narrow>("AVX-512VL", Avx512F.VL.IsSupported),
        Path<Vector256<uint>, Vector256Lanes32>("AVX2", Vector256.IsHardwareAccelerated),
        Path<Vector128<uint>, Vector128Lanes32>("Vector128", Vector128.IsHardwareAccelerated),
    ];

    private static readonly Pbkdf2Path? _best = All.FirstOrDefault(path => path.IsSupported);

    /// <summary>Derives a key of 32 bytes for each of a batch.</summary>
    /// <param name="batch">Passwords and salts.</param>
    /// <param name="first">The first to compute.</param>
    /// <param name="iterations">1 or more.</param>
    /// <param name="keys">Room for as many keys as are to be computed.</param>
    public static void Sha256(in HashBatch batch, int first, int iterations, Span<byte> keys)
    {
        var end = first + (keys.Length / KeyBytes);
        while (first < end)
        {
            var count = end - first;
            if (_best is not null && count >= FewestInLanes)
            {
                count = Math.Min(count, _best.Capacity);
                _best.Compute(batch, first, count, iterations, keys);
            }
            else
            {
                count = 1;
                Rfc2898DeriveBytes.Pbkdf2(batch.Password(first), batch.Salt(first), keys[..KeyBytes], iterations, HashAlgorithmName.SHA256);
            }

            first += count;
            keys = keys[(count * KeyBytes)..];
        }
    }

    private static Pbkdf2Path Path<TVector, TLanes>(string name, bool isSupported)
        where TVector : unmanaged
        where TLanes : struct, ILanes<TVector, uint> => new(
            name,
            Pbkdf2Kernel<uint, Sha256Rules, TVector, TLanes>.Capacity,
            isSupported,
            Pbkdf2Kernel<uint, Sha256Rules, TVector, TLanes>.Compute);
}
