using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>
/// SHA-2's compression function in all lanes of one vector, or of two vectors in turn; FIPS 180-4 sections 6.2.2 and
/// 6.4.2.
/// </summary>
/// <remarks>
/// <para>
/// Every round waits for the one before, so one vector leaves half of the processor idle. A second vector with other passwords fills
/// the gaps, and so does the message schedule: each round computes the word that is needed sixteen rounds later.
/// </para>
/// <para>
/// All of that must fit into sixteen registers. A round moves a to b, b to c, c to d, so these are only the a's of the last
/// four rounds, and f, g and h are their e's. Nothing is moved: the state in memory is a ring in which each round's a and
/// e take the places of those four rounds older, d and h. In registers are a, b, e and f only, and Maj's memo.
/// </para>
/// </remarks>
internal static unsafe class Sha2<TWord, TSha, TVector, TLanes>
    where TWord : unmanaged
    where TSha : struct, ISha2<TWord>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector, TWord>
{
    private const int WordsPerBlock = 16;
    private const int StateVectors = 8;

    // Where a state has d and h: round 0 overwrites them with its a and e, round 1 c and g, and so on around.
    private const int D = 3;
    private const int H = 7;
    private const int Ring = 4;

    /// <summary>How many vectors a computation needs for itself; what it leaves there is for the caller to overwrite.</summary>
    public static int ScratchVectors => 2 * ScratchPerState;

    private static int ScratchPerState => StateVectors + TSha.Rounds;

    /// <summary>Sets all lanes to SHA-2's initial value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Reset(TVector* state)
    {
        var initial = Constants(TSha.Initial);
        state[0] = TLanes.Broadcast(initial[0]);
        state[1] = TLanes.Broadcast(initial[1]);
        state[2] = TLanes.Broadcast(initial[2]);
        state[3] = TLanes.Broadcast(initial[3]);
        state[4] = TLanes.Broadcast(initial[4]);
        state[5] = TLanes.Broadcast(initial[5]);
        state[6] = TLanes.Broadcast(initial[6]);
        state[7] = TLanes.Broadcast(initial[7]);
    }

    /// <summary>Adds one block to the state.</summary>
    /// <param name="state">Eight vectors: H.</param>
    /// <param name="block">Sixteen vectors: M.</param>
    /// <param name="scratch">Room for <see cref="ScratchVectors"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(TVector* state, TVector* block, TVector* scratch)
    {
        TVector* before = scratch, w = scratch + StateVectors;
        Copy(block, w);
        Begin(state, before, out var a, out var b, out var memo, out var e, out var f);
        var k = Constants(TSha.K);
        for (var end = k + TSha.Rounds - WordsPerBlock; k < end; k += 4, w += 4)
        {
            Round(a, ref b, ref memo, e, ref f, state, 0, TLanes.Add(w[0], TLanes.Broadcast(k[0])));
            Extend(w);
            Round(b, ref a, ref memo, f, ref e, state, 1, TLanes.Add(w[1], TLanes.Broadcast(k[1])));
            Extend(w + 1);
            Round(a, ref b, ref memo, e, ref f, state, 2, TLanes.Add(w[2], TLanes.Broadcast(k[2])));
            Extend(w + 2);
            Round(b, ref a, ref memo, f, ref e, state, 3, TLanes.Add(w[3], TLanes.Broadcast(k[3])));
            Extend(w + 3);
        }

        for (var end = k + WordsPerBlock; k < end; k += 4, w += 4)
        {
            Round(a, ref b, ref memo, e, ref f, state, 0, TLanes.Add(w[0], TLanes.Broadcast(k[0])));
            Round(b, ref a, ref memo, f, ref e, state, 1, TLanes.Add(w[1], TLanes.Broadcast(k[1])));
            Round(a, ref b, ref memo, e, ref f, state, 2, TLanes.Add(w[2], TLanes.Broadcast(k[2])));
            Round(b, ref a, ref memo, f, ref e, state, 3, TLanes.Add(w[3], TLanes.Broadcast(k[3])));
        }

        Add(before, state);
    }

    /// <summary>Adds one block each to two states, in turn.</summary>
    /// <param name="first">Eight vectors: H.</param>
    /// <param name="firstBlock">Sixteen vectors: M.</param>
    /// <param name="second">The other H.</param>
    /// <param name="secondBlock">The other M.</param>
    /// <param name="scratch">Room for <see cref="ScratchVectors"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(TVector* first, TVector* firstBlock, TVector* second, TVector* secondBlock, TVector* scratch)
    {
        TVector* before0 = scratch, w0 = scratch + StateVectors;
        TVector* before1 = before0 + ScratchPerState, w1 = w0 + ScratchPerState;
        Copy(firstBlock, w0);
        Copy(secondBlock, w1);
        CopyEight(first, before0);
        CopyEight(second, before1);
        ExtendingRounds(first, w0, second, w1);
        LastRounds(first, w0 + TSha.Rounds - WordsPerBlock, second, w1 + TSha.Rounds - WordsPerBlock);
        Add(before0, first);
        Add(before1, second);
    }

    // All rounds except the last sixteen, each with the word that is needed sixteen rounds later. The next method is separate: with both in
    // one there would be more variables than .NET 8's compiler keeps in registers, and half of the speed.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExtendingRounds(TVector* first, TVector* w0, TVector* second, TVector* w1)
    {
        Begin(first, out var a0, out var b0, out var memo0, out var e0, out var f0);
        Begin(second, out var a1, out var b1, out var memo1, out var e1, out var f1);
        var k = Constants(TSha.K);
        TVector kt;
        for (var end = k + TSha.Rounds - WordsPerBlock; k < end; k += 4, w0 += 4, w1 += 4)
        {
            kt = TLanes.Broadcast(k[0]);
            Round(a0, ref b0, ref memo0, e0, ref f0, first, 0, TLanes.Add(w0[0], kt));
            Extend(w0);
            Round(a1, ref b1, ref memo1, e1, ref f1, second, 0, TLanes.Add(w1[0], kt));
            Extend(w1);
            kt = TLanes.Broadcast(k[1]);
            Round(b0, ref a0, ref memo0, f0, ref e0, first, 1, TLanes.Add(w0[1], kt));
            Extend(w0 + 1);
            Round(b1, ref a1, ref memo1, f1, ref e1, second, 1, TLanes.Add(w1[1], kt));
            Extend(w1 + 1);
            kt = TLanes.Broadcast(k[2]);
            Round(a0, ref b0, ref memo0, e0, ref f0, first, 2, TLanes.Add(w0[2], kt));
            Extend(w0 + 2);
            Round(a1, ref b1, ref memo1, e1, ref f1, second, 2, TLanes.Add(w1[2], kt));
            Extend(w1 + 2);
            kt = TLanes.Broadcast(k[3]);
            Round(b0, ref a0, ref memo0, f0, ref e0, first, 3, TLanes.Add(w0[3], kt));
            Extend(w0 + 3);
            Round(b1, ref a1, ref memo1, f1, ref e1, second, 3, TLanes.Add(w1[3], kt));
            Extend(w1 + 3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LastRounds(TVector* first, TVector* w0, TVector* second, TVector* w1)
    {
        Begin(first, out var a0, out var b0, out var memo0, out var e0, out var f0);
        Begin(second, out var a1, out var b1, out var memo1, out var e1, out var f1);
        var k = Constants(TSha.K) + TSha.Rounds - WordsPerBlock;
        TVector kt;
        for (var end = k + WordsPerBlock; k < end; k += 4, w0 += 4, w1 += 4)
        {
            kt = TLanes.Broadcast(k[0]);
            Round(a0, ref b0, ref memo0, e0, ref f0, first, 0, TLanes.Add(w0[0], kt));
            Round(a1, ref b1, ref memo1, e1, ref f1, second, 0, TLanes.Add(w1[0], kt));
            kt = TLanes.Broadcast(k[1]);
            Round(b0, ref a0, ref memo0, f0, ref e0, first, 1, TLanes.Add(w0[1], kt));
            Round(b1, ref a1, ref memo1, f1, ref e1, second, 1, TLanes.Add(w1[1], kt));
            kt = TLanes.Broadcast(k[2]);
            Round(a0, ref b0, ref memo0, e0, ref f0, first, 2, TLanes.Add(w0[2], kt));
            Round(a1, ref b1, ref memo1, e1, ref f1, second, 2, TLanes.Add(w1[2], kt));
            kt = TLanes.Broadcast(k[3]);
            Round(b0, ref a0, ref memo0, f0, ref e0, first, 3, TLanes.Add(w0[3], kt));
            Round(b1, ref a1, ref memo1, f1, ref e1, second, 3, TLanes.Add(w1[3], kt));
        }
    }

    /// <summary>Adds one block whose words are the same in all lanes and known beforehand.</summary>
    /// <param name="state">Eight vectors: H.</param>
    /// <param name="scheduled">The whole schedule with the constants added: W<sub>t</sub> + K<sub>t</sub>, from <see cref="Schedule"/>.</param>
    /// <param name="scratch">Room for <see cref="ScratchVectors"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CompressScheduled(TVector* state, TWord* scheduled, TVector* scratch)
    {
        var before = scratch;
        Begin(state, before, out var a, out var b, out var memo, out var e, out var f);
        for (var end = scheduled + TSha.Rounds; scheduled < end; scheduled += 4)
        {
            Round(a, ref b, ref memo, e, ref f, state, 0, TLanes.Broadcast(scheduled[0]));
            Round(b, ref a, ref memo, f, ref e, state, 1, TLanes.Broadcast(scheduled[1]));
            Round(a, ref b, ref memo, e, ref f, state, 2, TLanes.Broadcast(scheduled[2]));
            Round(b, ref a, ref memo, f, ref e, state, 3, TLanes.Broadcast(scheduled[3]));
        }

        Add(before, state);
    }

    /// <summary><see cref="CompressScheduled(TVector*, TWord*, TVector*)"/> on two states in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CompressScheduled(TVector* first, TVector* second, TWord* scheduled, TVector* scratch)
    {
        TVector* before0 = scratch, before1 = scratch + ScratchPerState;
        Begin(first, before0, out var a0, out var b0, out var memo0, out var e0, out var f0);
        Begin(second, before1, out var a1, out var b1, out var memo1, out var e1, out var f1);
        TVector kw;
        for (var end = scheduled + TSha.Rounds; scheduled < end; scheduled += 4)
        {
            kw = TLanes.Broadcast(scheduled[0]);
            Round(a0, ref b0, ref memo0, e0, ref f0, first, 0, kw);
            Round(a1, ref b1, ref memo1, e1, ref f1, second, 0, kw);
            kw = TLanes.Broadcast(scheduled[1]);
            Round(b0, ref a0, ref memo0, f0, ref e0, first, 1, kw);
            Round(b1, ref a1, ref memo1, f1, ref e1, second, 1, kw);
            kw = TLanes.Broadcast(scheduled[2]);
            Round(a0, ref b0, ref memo0, e0, ref f0, first, 2, kw);
            Round(a1, ref b1, ref memo1, e1, ref f1, second, 2, kw);
            kw = TLanes.Broadcast(scheduled[3]);
            Round(b0, ref a0, ref memo0, f0, ref e0, first, 3, kw);
            Round(b1, ref a1, ref memo1, f1, ref e1, second, 3, kw);
        }

        Add(before0, first);
        Add(before1, second);
    }

    /// <summary>Computes W<sub>t</sub> + K<sub>t</sub> of a block once and for all.</summary>
    /// <param name="block">Sixteen vectors: M.</param>
    /// <param name="scheduled">As many vectors as there are rounds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Schedule(TVector* block, TVector* scheduled)
    {
        Copy(block, scheduled);
        for (var t = WordsPerBlock; t < TSha.Rounds; t++)
        {
            Extend(scheduled + t - WordsPerBlock);
        }

        var k = Constants(TSha.K);
        for (var t = 0; t < TSha.Rounds; t++)
        {
            scheduled[t] = TLanes.Add(scheduled[t], TLanes.Broadcast(k[t]));
        }
    }

    // T1 = h + Σ₁(e) + Ch(e, f, g) + K + W, the next e is d + T1, and the next a is T1 + Σ₀(a) + Maj(a, b, c). Of the operands
    // only e has just been computed, so what needs it is added last. The new ones take the variables of b and f, which
    // are c and g from now on; so the next round is called with a and b, and e and f, having changed places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        TVector a, ref TVector b, ref TVector memo, TVector e, ref TVector f, TVector* state, [ConstantExpected] int inRing, TVector kw)
    {
        TVector* d = state + D - inRing, h = state + H - inRing, g = state + H - ((inRing + 1) % Ring);
        var t1 = TLanes.Add(TLanes.Add(TLanes.Add(*h, kw), TLanes.Choose(e, f, *g)), TSha.Sum1<TVector, TLanes>(e));
        f = TLanes.Add(*d, t1);
        *h = f;
        b = TLanes.Add(TLanes.Add(t1, TLanes.Majority(a, b, ref memo)), TSha.Sum0<TVector, TLanes>(a));
        *d = b;
    }

    // The word sixteen behind w: W[t] = σ₁(W[t - 2]) + W[t - 7] + σ₀(W[t - 15]) + W[t - 16].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend(TVector* w) => w[16] = TLanes.Add(
        TLanes.Add(TLanes.Add(w[0], TSha.Sigma0<TVector, TLanes>(w[1])), w[9]), TSha.Sigma1<TVector, TLanes>(w[14]));

    // Copying is unrolled, because the overhead of such short loops would exceed their work.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(TVector* block, TVector* w)
    {
        CopyEight(block, w);
        CopyEight(block + 8, w + 8);
    }

    /// <summary>Copies a state, or half of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyEight(TVector* from, TVector* to)
    {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = from[3];
        to[4] = from[4];
        to[5] = from[5];
        to[6] = from[6];
        to[7] = from[7];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Begin(TVector* state, TVector* before, out TVector a, out TVector b, out TVector memo, out TVector e, out TVector f)
    {
        CopyEight(state, before);
        Begin(state, out a, out b, out memo, out e, out f);
    }

    // After every four rounds the state in memory is in its order again, so this may be called between them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Begin(TVector* state, out TVector a, out TVector b, out TVector memo, out TVector e, out TVector f)
    {
        (a, b, e, f) = (state[0], state[1], state[4], state[5]);
        memo = TLanes.MajorityMemo(b, state[2]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TVector* before, TVector* state)
    {
        state[0] = TLanes.Add(state[0], before[0]);
        state[1] = TLanes.Add(state[1], before[1]);
        state[2] = TLanes.Add(state[2], before[2]);
        state[3] = TLanes.Add(state[3], before[3]);
        state[4] = TLanes.Add(state[4], before[4]);
        state[5] = TLanes.Add(state[5], before[5]);
        state[6] = TLanes.Add(state[6], before[6]);
        state[7] = TLanes.Add(state[7], before[7]);
    }

    // The tables are part of the assembly's image, which does not move, so a plain pointer to them stays valid.
    private static TWord* Constants(ReadOnlySpan<TWord> table) =>
        (TWord*)Unsafe.AsPointer(ref Unsafe.AsRef(in MemoryMarshal.GetReference(table)));
}
