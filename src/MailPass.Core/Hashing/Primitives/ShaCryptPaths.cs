using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>Computes SHA-crypt for passwords of one length, at most as many as the path has lanes.</summary>
internal delegate void ShaCryptCompute(in HashBatch batch, ReadOnlySpan<int> members, int rounds);

/// <summary>One way through the processor.</summary>
/// <param name="Name">The instruction set.</param>
/// <param name="Lanes">How many passwords at once.</param>
/// <param name="IsSupported">Whether this processor and runtime have it.</param>
/// <param name="Compute">The computation.</param>
internal sealed record ShaCryptPath(string Name, int Lanes, bool IsSupported, ShaCryptCompute Compute);

/// <summary>The ways through the processor, widest first, and the choice among them.</summary>
internal sealed class ShaCryptPaths
{
    // With 512 bits switched off for the runtime (or slow, in the runtime's judgement), AVX-512's instructions are still
    // worth having on 256.
    private static bool HasFullWidth => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    public static ShaCryptPaths Sha512 { get; } = new(
        new("AVX-512", 8, HasFullWidth, ShaCryptKernel<ulong, Sha512Rules, Vector512<ulong>, Avx512Lanes64>.Compute),
        new("AVX-512VL", 4, Avx512F.VL.IsSupported, ShaCryptKernel<ulong, Sha512Rules, Vector256<ulong>, Avx512Lanes64Narrow>.Compute),
        new("AVX2", 4, Vector256.IsHardwareAccelerated, ShaCryptKernel<ulong, Sha512Rules, Vector256<ulong>, Vector256Lanes64>.Compute),
        new("Vector128", 2, Vector128.IsHardwareAccelerated, ShaCryptKernel<ulong, Sha512Rules, Vector128<ulong>, Vector128Lanes64>.Compute),
        new("scalar", 1, true, ShaCryptKernel<ulong, Sha512Rules, ulong, ScalarLane64>.Compute));

    public static ShaCryptPaths Sha256 { get; } = new(
        new("AVX-512", 16, HasFullWidth, ShaCryptKernel<uint, Sha256Rules, Vector512<uint>, Avx512Lanes32>.Compute),
        new("AVX-512VL", 8, Avx512F.VL.IsSupported, ShaCryptKernel<uint, Sha256Rules, Vector256<uint>, Avx512Lanes32Narrow>.Compute),
        new("AVX2", 8, Vector256.IsHardwareAccelerated, ShaCryptKernel<uint, Sha256Rules, Vector256<uint>, Vector256Lanes32>.Compute),
        new("Vector128", 4, Vector128.IsHardwareAccelerated, ShaCryptKernel<uint, Sha256Rules, Vector128<uint>, Vector128Lanes32>.Compute),
        new("scalar", 1, true, ShaCryptKernel<uint, Sha256Rules, uint, ScalarLane32>.Compute));

    private readonly ShaCryptPath[] _usable;

    private ShaCryptPaths(params ShaCryptPath[] all)
    {
        All = all;
        _usable = [.. all.Where(path => path.IsSupported)];
    }

    public IReadOnlyList<ShaCryptPath> All { get; }

    /// <summary>Computes a batch: passwords of one length share lanes; what is left over takes the narrowest path that holds it.</summary>
    public void Compute(in HashBatch batch, int rounds)
    {
        var order = new int[batch.Count];
        var lengths = new int[batch.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            lengths[i] = batch.Password(i).Length;
        }

        Array.Sort(lengths, order);
        for (var start = 0; start < order.Length;)
        {
            var end = start + 1;
            while (end < order.Length && lengths[end] == lengths[start])
            {
                end++;
            }

            while (start < end)
            {
                var path = PathFor(end - start);
                var count = Math.Min(path.Lanes, end - start);
                path.Compute(batch, order.AsSpan(start, count), rounds);
                start += count;
            }
        }
    }

    private ShaCryptPath PathFor(int count)
    {
        var best = _usable[0];
        foreach (var path in _usable)
        {
            if (path.Lanes >= count && path.Lanes < best.Lanes)
            {
                best = path;
            }
        }

        return best;
    }
}
