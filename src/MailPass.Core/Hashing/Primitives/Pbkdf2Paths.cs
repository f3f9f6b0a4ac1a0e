using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>Computes up to a path's capacity of a batch, from <paramref name="first"/> on; the keys become a digest's length each.</summary>
internal delegate void Pbkdf2Compute(in HashBatch batch, int first, int count, int iterations, Span<byte> keys);

/// <summary>An implementation for an instruction set.</summary>
/// <param name="Name">The instruction set.</param>
/// <param name="Capacity">How many passwords at once.</param>
/// <param name="IsSupported">Whether this processor and runtime have it.</param>
/// <param name="Compute">The computation.</param>
internal sealed record Pbkdf2Path(string Name, int Capacity, bool IsSupported, Pbkdf2Compute Compute);

/// <summary>PBKDF2 with HMAC over one hash function: many at once in lanes, few by the platform.</summary>
internal sealed class Pbkdf2Paths
{
    // The platform's computation cannot be stopped: up to here it takes a quarter of a second.
    private const int MostIterationsByPlatform = 1_000_000;

    private readonly HashAlgorithmName _hash;
    private readonly int _fewestInLanes;
    private readonly Pbkdf2Path? _best;

    private Pbkdf2Paths(HashAlgorithmName hash, int keyBytes, int fewestInLanes, params IReadOnlyList<Pbkdf2Path> all)
    {
        _hash = hash;
        _fewestInLanes = fewestInLanes;
        KeyBytes = keyBytes;
        All = all;
        _best = all.FirstOrDefault(path => path.IsSupported);
    }

    /// <summary>
    /// A block of SHA-256 takes the platform 120 ns (measured with OpenSSL on Zen 5, which has instructions for it), and all lanes of a
    /// vector together 180 ns (AVX-512) to 300 ns (128 bits): lanes are faster for three passwords or more.
    /// </summary>
    public static Pbkdf2Paths Sha256 { get; } = new(
        HashAlgorithmName.SHA256,
        SHA256.HashSizeInBytes,
        3,
        Path<Vector512<uint>, Avx512Lanes<uint>, Sha256InLanes<Vector512<uint>, Avx512Lanes<uint>>>("AVX-512", Avx512Lanes<uint>.IsSupported),
        Path<Vector256<uint>, Avx512NarrowLanes<uint>, Sha256InLanes<Vector256<uint>, Avx512NarrowLanes<uint>>>("AVX-512VL", Avx512F.VL.IsSupported),
        Path<Vector256<uint>, Vector256Lanes<uint>, Sha256InLanes<Vector256<uint>, Vector256Lanes<uint>>>("AVX2", Vector256.IsHardwareAccelerated),
        Path<Vector128<uint>, Vector128Lanes<uint>, Sha256InLanes<Vector128<uint>, Vector128Lanes<uint>>>("Vector128", Vector128.IsHardwareAccelerated));

    /// <summary>A block of SHA-1 takes the platform 110 ns.</summary>
    public static Pbkdf2Paths Sha1 { get; } = new(
        HashAlgorithmName.SHA1,
        SHA1.HashSizeInBytes,
        3,
        Path<Vector512<uint>, Avx512Lanes<uint>, Sha1InLanes<Vector512<uint>, Avx512Lanes<uint>>>("AVX-512", Avx512Lanes<uint>.IsSupported),
        Path<Vector256<uint>, Avx512NarrowLanes<uint>, Sha1InLanes<Vector256<uint>, Avx512NarrowLanes<uint>>>("AVX-512VL", Avx512F.VL.IsSupported),
        Path<Vector256<uint>, Vector256Lanes<uint>, Sha1InLanes<Vector256<uint>, Vector256Lanes<uint>>>("AVX2", Vector256.IsHardwareAccelerated),
        Path<Vector128<uint>, Vector128Lanes<uint>, Sha1InLanes<Vector128<uint>, Vector128Lanes<uint>>>("Vector128", Vector128.IsHardwareAccelerated));

    /// <summary>The widest first.</summary>
    public IReadOnlyList<Pbkdf2Path> All { get; }

    /// <summary>The length of a key: a digest.</summary>
    public int KeyBytes { get; }

    /// <summary>Derives a key for each of a batch.</summary>
    /// <param name="batch">Passwords and salts.</param>
    /// <param name="iterations">1 or more.</param>
    /// <param name="keys">Room for as many keys of <see cref="KeyBytes"/>, side by side.</param>
    public void Derive(in HashBatch batch, int iterations, Span<byte> keys)
    {
        for (var first = 0; first < batch.Count;)
        {
            batch.ThrowIfStopped();
            var count = batch.Count - first;
            if (_best is not null && (count >= _fewestInLanes || iterations > MostIterationsByPlatform))
            {
                count = Math.Min(count, _best.Capacity);
                _best.Compute(batch, first, count, iterations, keys);
            }
            else
            {
                count = 1;
                if (iterations > MostIterationsByPlatform)
                {
                    DeriveStoppably(batch, first, iterations, keys[..KeyBytes]);
                }
                else
                {
                    Rfc2898DeriveBytes.Pbkdf2(batch.Password(first), batch.Salt(first), keys[..KeyBytes], iterations, _hash);
                }
            }

            first += count;
            keys = keys[(count * KeyBytes)..];
        }
    }

    /// <summary>RFC 8018 §5.2 for one block, for processors without vectors: the platform's derivation cannot be stopped.</summary>
    internal void DeriveStoppably(in HashBatch batch, int index, int iterations, Span<byte> key)
    {
        Span<byte> block = stackalloc byte[64];
        block = block[..KeyBytes];
        using var hmac = IncrementalHash.CreateHMAC(_hash, batch.Password(index));
        hmac.AppendData(batch.Salt(index));
        hmac.AppendData([0, 0, 0, 1]);
        hmac.GetHashAndReset(block);
        block.CopyTo(key);
        for (var i = 1; i < iterations; i++)
        {
            if (i % 1024 == 0)
            {
                batch.ThrowIfStopped();
            }

            hmac.AppendData(block);
            hmac.GetHashAndReset(block);
            for (var b = 0; b < block.Length; b++)
            {
                key[b] ^= block[b];
            }
        }

        CryptographicOperations.ZeroMemory(block);
    }

    private static Pbkdf2Path Path<TVector, TLanes, THash>(string name, bool isSupported)
        where TVector : unmanaged
        where TLanes : struct, ILanes<TVector, uint>
        where THash : struct, ILaneHash<TVector> => new(
            name,
            Pbkdf2Kernel<TVector, TLanes, THash>.Capacity,
            isSupported,
            Pbkdf2Kernel<TVector, TLanes, THash>.Compute);
}
