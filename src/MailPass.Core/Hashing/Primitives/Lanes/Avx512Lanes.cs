using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MailPass.Hashing.Primitives.Lanes;

/// <summary>8 lanes of 64 bits or 16 of 32 with AVX-512: a rotation is one instruction, and so is any function of three operands (its truth table is the constant).</summary>
internal readonly struct Avx512Lanes<TWord> : ILanes<Vector512<TWord>, TWord>
    where TWord : unmanaged
{
    /// <summary>Whether this processor has them and they pay off. If 512 bits are disabled for the runtime, or the runtime considers them slow, <see cref="Avx512NarrowLanes{TWord}"/> can still be used.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> Broadcast(TWord word) => Vector512.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> Add(Vector512<TWord> x, Vector512<TWord> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> Or(Vector512<TWord> x, Vector512<TWord> y) => x | y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> Xor(Vector512<TWord> x, Vector512<TWord> y, Vector512<TWord> z) => Ternary(x, y, z, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> Choose(Vector512<TWord> x, Vector512<TWord> y, Vector512<TWord> z) => Ternary(x, y, z, 0xCA);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> MajorityMemo(Vector512<TWord> y, Vector512<TWord> z) => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> Majority(Vector512<TWord> x, Vector512<TWord> y, ref Vector512<TWord> memo)
    {
        var majority = Ternary(x, y, memo, 0xE8);
        memo = y;
        return majority;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> RotateRight(Vector512<TWord> x, [ConstantExpected] byte count) => typeof(TWord) == typeof(ulong)
        ? Avx512F.RotateRight(x.AsUInt64(), count).As<ulong, TWord>()
        : Avx512F.RotateRight(x.AsUInt32(), count).As<uint, TWord>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> ShiftRight(Vector512<TWord> x, int count) => x >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWord> ShiftLeft(Vector512<TWord> x, int count) => x << count;

    // Bit by bit, so the width of a lane does not matter.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<TWord> Ternary(Vector512<TWord> x, Vector512<TWord> y, Vector512<TWord> z, [ConstantExpected] byte truthTable) =>
        Avx512F.TernaryLogic(x.AsUInt64(), y.AsUInt64(), z.AsUInt64(), truthTable).As<ulong, TWord>();
}

/// <summary>Half as many with AVX-512VL: the same instructions on half the width, for processors on which the full width is slow.</summary>
internal readonly struct Avx512NarrowLanes<TWord> : ILanes<Vector256<TWord>, TWord>
    where TWord : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Broadcast(TWord word) => Vector256.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Add(Vector256<TWord> x, Vector256<TWord> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Or(Vector256<TWord> x, Vector256<TWord> y) => x | y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Xor(Vector256<TWord> x, Vector256<TWord> y, Vector256<TWord> z) => Ternary(x, y, z, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Choose(Vector256<TWord> x, Vector256<TWord> y, Vector256<TWord> z) => Ternary(x, y, z, 0xCA);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> MajorityMemo(Vector256<TWord> y, Vector256<TWord> z) => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> Majority(Vector256<TWord> x, Vector256<TWord> y, ref Vector256<TWord> memo)
    {
        var majority = Ternary(x, y, memo, 0xE8);
        memo = y;
        return majority;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> RotateRight(Vector256<TWord> x, [ConstantExpected] byte count) => typeof(TWord) == typeof(ulong)
        ? Avx512F.VL.RotateRight(x.AsUInt64(), count).As<ulong, TWord>()
        : Avx512F.VL.RotateRight(x.AsUInt32(), count).As<uint, TWord>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> ShiftRight(Vector256<TWord> x, int count) => x >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<TWord> ShiftLeft(Vector256<TWord> x, int count) => x << count;

    // Bit by bit, so the width of a lane does not matter.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<TWord> Ternary(Vector256<TWord> x, Vector256<TWord> y, Vector256<TWord> z, [ConstantExpected] byte truthTable) =>
        Avx512F.VL.TernaryLogic(x.AsUInt64(), y.AsUInt64(), z.AsUInt64(), truthTable).As<ulong, TWord>();
}
