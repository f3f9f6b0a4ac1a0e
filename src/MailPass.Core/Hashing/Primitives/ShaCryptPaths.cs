using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>Computes SHA-crypt for passwords of one length, at most as many as the path's capacity.</summary>
internal delegate void ShaCryptCompute(in HashBatch batch, ReadOnlySpan<int> members, int rounds);

/// <summary>An implementation for an instruction set.</summary>
/// <param name="Name">The instruction set.</param>
/// <param name="Lanes">How many passwords in one vector.</param>
/// <param name="Capacity">How many passwords at once, in one vector or two.</param>
/// <param name="IsSupported">Whether this processor and runtime have it.</param>
/// <param name="Compute">The computation.</param>
internal sealed record ShaCryptPath(string Name, int Lanes, int Capacity, bool IsSupported, ShaCryptCompute Compute);

/// <summary>The implementations, widest first, and the choice among them.</summary>
internal sealed class ShaCryptPaths
{
    public static ShaCryptPaths Sha512 { get; } = new(
        Path<ulong, Sha512Rules, Vector512<ulong>, Avx512Lanes<ulong>>("AVX-512", Avx512Lanes<ulong>.IsSupported),
        Path<ulong, Sha512Rules, Vector256<ulong>, Avx512NarrowLanes<ulong>>("AVX-512VL", Avx512F.VL.IsSupported),
        Path<ulong, Sha512Rules, Vector256<ulong>, Vector256Lanes<ulong>>("AVX2", Vector256.IsHardwareAccelerated),
        Path<ulong, Sha512Rules, Vector128<ulong>, Vector128Lanes<ulong>>("Vector128", Vector128.IsHardwareAccelerated),
        Path<ulong, Sha512Rules, ulong, ScalarLane<ulong>>("scalar", true));

    public static ShaCryptPaths Sha256 { get; } = new(
        Path<uint, Sha256Rules, Vector512<uint>, Avx512Lanes<uint>>("AVX-512", Avx512Lanes<uint>.IsSupported),
        Path<uint, Sha256Rules, Vector256<uint>, Avx512NarrowLanes<uint>>("AVX-512VL", Avx512F.VL.IsSupported),
        Path<uint, Sha256Rules, Vector256<uint>, Vector256Lanes<uint>>("AVX2", Vector256.IsHardwareAccelerated),
        Path<uint, Sha256Rules, Vector128<uint>, Vector128Lanes<uint>>("Vector128", Vector128.IsHardwareAccelerated),
        Path<uint, Sha256Rules, uint, ScalarLane<uint>>("scalar", true));

    private readonly ShaCryptPath[] _usable;

    private ShaCryptPaths(params ShaCryptPath[] all)
    {
        All = all;
        _usable = [.. all.Where(path => path.IsSupported)];
    }

    public IReadOnlyList<ShaCryptPath> All { get; }

    /// <summary>Computes a batch: passwords of one length share lanes; the rest takes the narrowest path that is wide enough.</summary>
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
                var count = Math.Min(path.Capacity, end - start);
                path.Compute(batch, order.AsSpan(start, count), rounds);
                start += count;
            }
        }
    }

    private static ShaCryptPath Path<TWord, TSha, TVector, TLanes>(string name, bool isSupported)
        where TWord : unmanaged
        where TSha : struct, ISha2<TWord>
        where TVector : unmanaged
        where TLanes : struct, ILanes<TVector, TWord> => new(
            name,
            ShaCryptKernel<TWord, TSha, TVector, TLanes>.Lanes,
            ShaCryptKernel<TWord, TSha, TVector, TLanes>.Capacity,
            isSupported,
            ShaCryptKernel<TWord, TSha, TVector, TLanes>.Compute);

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
