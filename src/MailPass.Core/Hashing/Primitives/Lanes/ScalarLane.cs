using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace MailPass.Hashing.Primitives.Lanes;

/// <summary>One lane, for processors or runtimes without vectors.</summary>
internal readonly struct ScalarLane<TWord> : ILanes<TWord, TWord>
    where TWord : unmanaged, IBinaryInteger<TWord>, IUnsignedNumber<TWord>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord Broadcast(TWord word) => word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord Add(TWord x, TWord y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord Or(TWord x, TWord y) => x | y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord Xor(TWord x, TWord y, TWord z) => x ^ y ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord Choose(TWord x, TWord y, TWord z) => z ^ (x & (y ^ z));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord MajorityMemo(TWord y, TWord z) => y ^ z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord Majority(TWord x, TWord y, ref TWord memo)
    {
        var differs = x ^ y;
        var majority = y ^ (differs & memo);
        memo = differs;
        return majority;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord RotateRight(TWord x, [ConstantExpected] byte count) => TWord.RotateRight(x, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord ShiftRight(TWord x, int count) => x >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TWord ShiftLeft(TWord x, int count) => x << count;
}
