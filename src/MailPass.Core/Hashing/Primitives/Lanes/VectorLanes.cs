using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MailPass.Hashing.Primitives.Lanes;

/// <summary>4 lanes of 64 bits or 8 of 32 with AVX2.</summary>
internal readonly struct Vector256Lanes<TWord> : ILanes<Vector256<TWord>, TWord>
    where TWord : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Broadcast(TWord word) => Vector256.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Add(Vector256<TWord> x, Vector256<TWord> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Or(Vector256<TWord> x, Vector256<TWord> y) => x | y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Xor(Vector256<TWord> x, Vector256<TWord> y, Vector256<TWord> z) => x ^ y ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Choose(Vector256<TWord> x, Vector256<TWord> y, Vector256<TWord> z) => z ^ (x & (y ^ z));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> MajorityMemo(Vector256<TWord> y, Vector256<TWord> z) => y ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Majority(Vector256<TWord> x, Vector256<TWord> y, ref Vector256<TWord> memo)
    {
        var differs = x ^ y;
        var majority = y ^ (differs & memo);
        memo = differs;
        return majority;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> RotateRight(Vector256<TWord> x, [ConstantExpected] byte count) => typeof(TWord) == typeof(ulong) && count == 8
        ? RotateByte(x.AsByte()).As<byte, TWord>()
        : (x >>> count) | (x << ((8 * Unsafe.SizeOf<TWord>()) - count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> ShiftRight(Vector256<TWord> x, int count) => x >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> ShiftLeft(Vector256<TWord> x, int count) => x << count;

    // 64 bits by a whole byte is a shuffle, one instruction instead of three; SHA-512's σ₀ has it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> RotateByte(Vector256<byte> x) => Avx2.Shuffle(x, Vector256.Create(
        (byte)1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8, 1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8));
}

/// <summary>2 lanes of 64 bits or 4 of 32 with what every processor with vectors has: SSE2, or Advanced SIMD of Arm64.</summary>
internal readonly struct Vector128Lanes<TWord> : ILanes<Vector128<TWord>, TWord>
    where TWord : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> Broadcast(TWord word) => Vector128.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> Add(Vector128<TWord> x, Vector128<TWord> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> Or(Vector128<TWord> x, Vector128<TWord> y) => x | y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> Xor(Vector128<TWord> x, Vector128<TWord> y, Vector128<TWord> z) => x ^ y ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> Choose(Vector128<TWord> x, Vector128<TWord> y, Vector128<TWord> z) => z ^ (x & (y ^ z));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> MajorityMemo(Vector128<TWord> y, Vector128<TWord> z) => y ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> Majority(Vector128<TWord> x, Vector128<TWord> y, ref Vector128<TWord> memo)
    {
        var differs = x ^ y;
        var majority = y ^ (differs & memo);
        memo = differs;
        return majority;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> RotateRight(Vector128<TWord> x, [ConstantExpected] byte count) => (x >>> count) | (x << ((8 * Unsafe.SizeOf<TWord>()) - count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> ShiftRight(Vector128<TWord> x, int count) => x >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<TWord> ShiftLeft(Vector128<TWord> x, int count) => x << count;
}
