using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>Argon2's compression function G, RFC 9106 section 3.5: result = G(x, y), or result XOR G(x, y).</summary>
/// <param name="x">The one block.</param>
/// <param name="y">The other block.</param>
/// <param name="result">May be <paramref name="x"/> or <paramref name="y"/>.</param>
/// <param name="xor">Whether the old content of <paramref name="result"/> is added.</param>
internal unsafe delegate void Argon2Compress(ulong* x, ulong* y, ulong* result, bool xor);

/// <summary>The compression function's implementations for instruction sets, and the choice among them.</summary>
internal static unsafe class Argon2Block
{
    public const int Words = Argon2.BlockBytes / sizeof(ulong);

    /// <summary>Name, whether the processor supports it, and the function; best first.</summary>
    public static IReadOnlyList<(string Name, bool IsSupported, Argon2Compress Compress)> All { get; } =
    [
        ("AVX-512", Avx512BW.IsSupported && Vector512.IsHardwareAccelerated, Argon2Block<Vector512<ulong>, Avx512Argon2Lanes>.Compress),
        ("AVX2", Avx2.IsSupported, Argon2Block<Vector256<ulong>, Avx2Argon2Lanes>.Compress),
        ("Vector128", Vector128.IsHardwareAccelerated, Argon2Block<Vector128<ulong>, Vector128Argon2Lanes>.Compress),
        ("scalar", true, CompressScalar),
    ];

    public static Argon2Compress Best { get; } = All.First(path => path.IsSupported).Compress;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CompressScalar(ulong* x, ulong* y, ulong* result, bool xor)
    {
        var r = stackalloc ulong[Words];
        var z = stackalloc ulong[Words];
        for (var i = 0; i < Words; i++)
        {
            z[i] = r[i] = x[i] ^ y[i];
        }

        // P on each of the eight rows of eight 16-byte registers…
        for (var row = 0; row < 8; row++)
        {
            var v = z + (16 * row);
            Permute(ref v[0], ref v[1], ref v[2], ref v[3], ref v[4], ref v[5], ref v[6], ref v[7], ref v[8], ref v[9], ref v[10], ref v[11], ref v[12], ref v[13], ref v[14], ref v[15]);
        }

        // … then on each of the eight columns.
        for (var column = 0; column < 8; column++)
        {
            var v = z + (2 * column);
            Permute(ref v[0], ref v[1], ref v[16], ref v[17], ref v[32], ref v[33], ref v[48], ref v[49], ref v[64], ref v[65], ref v[80], ref v[81], ref v[96], ref v[97], ref v[112], ref v[113]);
        }

        for (var i = 0; i < Words; i++)
        {
            var sum = z[i] ^ r[i];
            result[i] = xor ? result[i] ^ sum : sum;
        }
    }

    // Section 3.6: a round of BLAKE2b without message, with multiplications added.
    private static void Permute(
        ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ref ulong v4, ref ulong v5, ref ulong v6, ref ulong v7,
        ref ulong v8, ref ulong v9, ref ulong v10, ref ulong v11, ref ulong v12, ref ulong v13, ref ulong v14, ref ulong v15)
    {
        Mix(ref v0, ref v4, ref v8, ref v12);
        Mix(ref v1, ref v5, ref v9, ref v13);
        Mix(ref v2, ref v6, ref v10, ref v14);
        Mix(ref v3, ref v7, ref v11, ref v15);
        Mix(ref v0, ref v5, ref v10, ref v15);
        Mix(ref v1, ref v6, ref v11, ref v12);
        Mix(ref v2, ref v7, ref v8, ref v13);
        Mix(ref v3, ref v4, ref v9, ref v14);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong a, ref ulong b, ref ulong c, ref ulong d)
    {
        a = MultiplyAdd(a, b);
        d = BitOperations.RotateRight(d ^ a, 32);
        c = MultiplyAdd(c, d);
        b = BitOperations.RotateRight(b ^ c, 24);
        a = MultiplyAdd(a, b);
        d = BitOperations.RotateRight(d ^ a, 16);
        c = MultiplyAdd(c, d);
        b = BitOperations.RotateRight(b ^ c, 63);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyAdd(ulong a, ulong b) => a + b + (2 * (ulong)(uint)a * (uint)b);
}

/// <summary>
/// The compression function with vectors. A block is a matrix of eight by eight registers of two words; a vector holds
/// registers of several rows, or of several columns, and permutes all of these at once.
/// </summary>
internal static unsafe class Argon2Block<TVector, TLanes>
    where TVector : unmanaged
    where TLanes : struct, IArgon2Lanes<TVector>
{
    private const int RowWords = 16;

    private static int WordsPerVector => sizeof(TVector) / sizeof(ulong);

    private static int RegistersPerVector => WordsPerVector / 2;

    /// <inheritdoc cref="Argon2Compress"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(ulong* x, ulong* y, ulong* result, bool xor)
    {
        var r = stackalloc ulong[Argon2Block.Words];
        var z = stackalloc ulong[Argon2Block.Words];
        for (var i = 0; i < Argon2Block.Words; i += WordsPerVector)
        {
            *(TVector*)(r + i) = TLanes.Xor(*(TVector*)(x + i), *(TVector*)(y + i));
        }

        // P on the rows: register j of several rows in one vector.
        for (var row = 0; row < 8; row += RegistersPerVector)
        {
            var from = r + (row * RowWords);
            var to = z + (row * RowWords);
            TVector a0 = TLanes.Gather(from, RowWords), a1 = TLanes.Gather(from + 2, RowWords);
            TVector b0 = TLanes.Gather(from + 4, RowWords), b1 = TLanes.Gather(from + 6, RowWords);
            TVector c0 = TLanes.Gather(from + 8, RowWords), c1 = TLanes.Gather(from + 10, RowWords);
            TVector d0 = TLanes.Gather(from + 12, RowWords), d1 = TLanes.Gather(from + 14, RowWords);
            Permute(ref a0, ref a1, ref b0, ref b1, ref c0, ref c1, ref d0, ref d1);
            TLanes.Scatter(a0, to, RowWords);
            TLanes.Scatter(a1, to + 2, RowWords);
            TLanes.Scatter(b0, to + 4, RowWords);
            TLanes.Scatter(b1, to + 6, RowWords);
            TLanes.Scatter(c0, to + 8, RowWords);
            TLanes.Scatter(c1, to + 10, RowWords);
            TLanes.Scatter(d0, to + 12, RowWords);
            TLanes.Scatter(d1, to + 14, RowWords);
        }

        // P on the columns: neighbouring registers of one row are in one vector already.
        for (var i = 0; i < RowWords; i += WordsPerVector)
        {
            var from = z + i;
            TVector a0 = *(TVector*)from, a1 = *(TVector*)(from + RowWords);
            TVector b0 = *(TVector*)(from + (2 * RowWords)), b1 = *(TVector*)(from + (3 * RowWords));
            TVector c0 = *(TVector*)(from + (4 * RowWords)), c1 = *(TVector*)(from + (5 * RowWords));
            TVector d0 = *(TVector*)(from + (6 * RowWords)), d1 = *(TVector*)(from + (7 * RowWords));
            Permute(ref a0, ref a1, ref b0, ref b1, ref c0, ref c1, ref d0, ref d1);
            Add(result, r, i, a0, xor);
            Add(result, r, i + RowWords, a1, xor);
            Add(result, r, i + (2 * RowWords), b0, xor);
            Add(result, r, i + (3 * RowWords), b1, xor);
            Add(result, r, i + (4 * RowWords), c0, xor);
            Add(result, r, i + (5 * RowWords), c1, xor);
            Add(result, r, i + (6 * RowWords), d0, xor);
            Add(result, r, i + (7 * RowWords), d1, xor);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ulong* result, ulong* r, int at, TVector z, bool xor)
    {
        var sum = TLanes.Xor(z, *(TVector*)(r + at));
        *(TVector*)(result + at) = xor ? TLanes.Xor(sum, *(TVector*)(result + at)) : sum;
    }

    // Section 3.6, P: v0…v15 are a0 a1 b0 b1 c0 c1 d0 d1. The second half works on diagonals, so b, c and d are turned
    // by one, two and three words, and back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Permute(
        ref TVector a0, ref TVector a1, ref TVector b0, ref TVector b1, ref TVector c0, ref TVector c1, ref TVector d0, ref TVector d1)
    {
        Mix(ref a0, ref b0, ref c0, ref d0);
        Mix(ref a1, ref b1, ref c1, ref d1);
        (b0, b1) = (TLanes.SecondThenFirst(b0, b1), TLanes.SecondThenFirst(b1, b0));
        (c0, c1) = (c1, c0);
        (d0, d1) = (TLanes.SecondThenFirst(d1, d0), TLanes.SecondThenFirst(d0, d1));
        Mix(ref a0, ref b0, ref c0, ref d0);
        Mix(ref a1, ref b1, ref c1, ref d1);
        (b0, b1) = (TLanes.SecondThenFirst(b1, b0), TLanes.SecondThenFirst(b0, b1));
        (c0, c1) = (c1, c0);
        (d0, d1) = (TLanes.SecondThenFirst(d0, d1), TLanes.SecondThenFirst(d1, d0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref TVector a, ref TVector b, ref TVector c, ref TVector d)
    {
        a = TLanes.MultiplyAdd(a, b);
        d = TLanes.RotateRight32(TLanes.Xor(d, a));
        c = TLanes.MultiplyAdd(c, d);
        b = TLanes.RotateRight24(TLanes.Xor(b, c));
        a = TLanes.MultiplyAdd(a, b);
        d = TLanes.RotateRight16(TLanes.Xor(d, a));
        c = TLanes.MultiplyAdd(c, d);
        b = TLanes.RotateRight63(TLanes.Xor(b, c));
    }
}
