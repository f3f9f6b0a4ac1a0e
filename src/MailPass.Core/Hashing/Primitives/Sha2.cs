using System.Runtime.CompilerServices;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>
/// SHA-2's compression function in all lanes at once, FIPS 180-4 section 6.2.2 and 6.4.2. Instead of moving the eight
/// working variables along after each round, the rounds are written out with the names moved, so that all of them and
/// the sixteen words of the schedule stay in registers where there are 32 of these.
/// </summary>
internal static unsafe class Sha2<TWord, TSha, TVector, TLanes>
    where TWord : unmanaged
    where TSha : struct, ISha2<TWord>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector, TWord>
{
    /// <summary>Adds one block to the state.</summary>
    /// <param name="state">Eight vectors: H.</param>
    /// <param name="block">Sixteen vectors: M.</param>
    /// <param name="scratch">Room for as many vectors as there are rounds; what is left there is for the caller to overwrite.</param>
    public static void Compress(TVector* state, TVector* block, TVector* scratch)
    {
        if (TLanes.HasManyRegisters)
        {
            CompressInRegisters(state, block);
        }
        else
        {
            CompressInMemory(state, block, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CompressInRegisters(TVector* state, TVector* block)
    {
        var k = Constants(TSha.K);
        TVector a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        TVector w0 = block[0], w1 = block[1], w2 = block[2], w3 = block[3], w4 = block[4], w5 = block[5], w6 = block[6], w7 = block[7];
        TVector w8 = block[8], w9 = block[9], w10 = block[10], w11 = block[11], w12 = block[12], w13 = block[13], w14 = block[14], w15 = block[15];

        (d, h) = (NextE(d, e, f, g, h, TLanes.Add(w0, TLanes.Broadcast(k[0]))), d);
        h = NextA(a, b, c, h, d);
        (c, g) = (NextE(c, d, e, f, g, TLanes.Add(w1, TLanes.Broadcast(k[1]))), c);
        g = NextA(h, a, b, g, c);
        (b, f) = (NextE(b, c, d, e, f, TLanes.Add(w2, TLanes.Broadcast(k[2]))), b);
        f = NextA(g, h, a, f, b);
        (a, e) = (NextE(a, b, c, d, e, TLanes.Add(w3, TLanes.Broadcast(k[3]))), a);
        e = NextA(f, g, h, e, a);
        (h, d) = (NextE(h, a, b, c, d, TLanes.Add(w4, TLanes.Broadcast(k[4]))), h);
        d = NextA(e, f, g, d, h);
        (g, c) = (NextE(g, h, a, b, c, TLanes.Add(w5, TLanes.Broadcast(k[5]))), g);
        c = NextA(d, e, f, c, g);
        (f, b) = (NextE(f, g, h, a, b, TLanes.Add(w6, TLanes.Broadcast(k[6]))), f);
        b = NextA(c, d, e, b, f);
        (e, a) = (NextE(e, f, g, h, a, TLanes.Add(w7, TLanes.Broadcast(k[7]))), e);
        a = NextA(b, c, d, a, e);
        (d, h) = (NextE(d, e, f, g, h, TLanes.Add(w8, TLanes.Broadcast(k[8]))), d);
        h = NextA(a, b, c, h, d);
        (c, g) = (NextE(c, d, e, f, g, TLanes.Add(w9, TLanes.Broadcast(k[9]))), c);
        g = NextA(h, a, b, g, c);
        (b, f) = (NextE(b, c, d, e, f, TLanes.Add(w10, TLanes.Broadcast(k[10]))), b);
        f = NextA(g, h, a, f, b);
        (a, e) = (NextE(a, b, c, d, e, TLanes.Add(w11, TLanes.Broadcast(k[11]))), a);
        e = NextA(f, g, h, e, a);
        (h, d) = (NextE(h, a, b, c, d, TLanes.Add(w12, TLanes.Broadcast(k[12]))), h);
        d = NextA(e, f, g, d, h);
        (g, c) = (NextE(g, h, a, b, c, TLanes.Add(w13, TLanes.Broadcast(k[13]))), g);
        c = NextA(d, e, f, c, g);
        (f, b) = (NextE(f, g, h, a, b, TLanes.Add(w14, TLanes.Broadcast(k[14]))), f);
        b = NextA(c, d, e, b, f);
        (e, a) = (NextE(e, f, g, h, a, TLanes.Add(w15, TLanes.Broadcast(k[15]))), e);
        a = NextA(b, c, d, a, e);

        for (var t = 16; t < TSha.Rounds; t += 16)
        {
            w0 = Next(w0, w1, w9, w14);
            (d, h) = (NextE(d, e, f, g, h, TLanes.Add(w0, TLanes.Broadcast(k[t + 0]))), d);
            h = NextA(a, b, c, h, d);
            w1 = Next(w1, w2, w10, w15);
            (c, g) = (NextE(c, d, e, f, g, TLanes.Add(w1, TLanes.Broadcast(k[t + 1]))), c);
            g = NextA(h, a, b, g, c);
            w2 = Next(w2, w3, w11, w0);
            (b, f) = (NextE(b, c, d, e, f, TLanes.Add(w2, TLanes.Broadcast(k[t + 2]))), b);
            f = NextA(g, h, a, f, b);
            w3 = Next(w3, w4, w12, w1);
            (a, e) = (NextE(a, b, c, d, e, TLanes.Add(w3, TLanes.Broadcast(k[t + 3]))), a);
            e = NextA(f, g, h, e, a);
            w4 = Next(w4, w5, w13, w2);
            (h, d) = (NextE(h, a, b, c, d, TLanes.Add(w4, TLanes.Broadcast(k[t + 4]))), h);
            d = NextA(e, f, g, d, h);
            w5 = Next(w5, w6, w14, w3);
            (g, c) = (NextE(g, h, a, b, c, TLanes.Add(w5, TLanes.Broadcast(k[t + 5]))), g);
            c = NextA(d, e, f, c, g);
            w6 = Next(w6, w7, w15, w4);
            (f, b) = (NextE(f, g, h, a, b, TLanes.Add(w6, TLanes.Broadcast(k[t + 6]))), f);
            b = NextA(c, d, e, b, f);
            w7 = Next(w7, w8, w0, w5);
            (e, a) = (NextE(e, f, g, h, a, TLanes.Add(w7, TLanes.Broadcast(k[t + 7]))), e);
            a = NextA(b, c, d, a, e);
            w8 = Next(w8, w9, w1, w6);
            (d, h) = (NextE(d, e, f, g, h, TLanes.Add(w8, TLanes.Broadcast(k[t + 8]))), d);
            h = NextA(a, b, c, h, d);
            w9 = Next(w9, w10, w2, w7);
            (c, g) = (NextE(c, d, e, f, g, TLanes.Add(w9, TLanes.Broadcast(k[t + 9]))), c);
            g = NextA(h, a, b, g, c);
            w10 = Next(w10, w11, w3, w8);
            (b, f) = (NextE(b, c, d, e, f, TLanes.Add(w10, TLanes.Broadcast(k[t + 10]))), b);
            f = NextA(g, h, a, f, b);
            w11 = Next(w11, w12, w4, w9);
            (a, e) = (NextE(a, b, c, d, e, TLanes.Add(w11, TLanes.Broadcast(k[t + 11]))), a);
            e = NextA(f, g, h, e, a);
            w12 = Next(w12, w13, w5, w10);
            (h, d) = (NextE(h, a, b, c, d, TLanes.Add(w12, TLanes.Broadcast(k[t + 12]))), h);
            d = NextA(e, f, g, d, h);
            w13 = Next(w13, w14, w6, w11);
            (g, c) = (NextE(g, h, a, b, c, TLanes.Add(w13, TLanes.Broadcast(k[t + 13]))), g);
            c = NextA(d, e, f, c, g);
            w14 = Next(w14, w15, w7, w12);
            (f, b) = (NextE(f, g, h, a, b, TLanes.Add(w14, TLanes.Broadcast(k[t + 14]))), f);
            b = NextA(c, d, e, b, f);
            w15 = Next(w15, w0, w8, w13);
            (e, a) = (NextE(e, f, g, h, a, TLanes.Add(w15, TLanes.Broadcast(k[t + 15]))), e);
            a = NextA(b, c, d, a, e);
        }

        AddTo(state, a, b, c, d, e, f, g, h);
    }

    /// <summary>Adds one block whose words are the same in all lanes and known beforehand.</summary>
    /// <param name="state">Eight vectors: H.</param>
    /// <param name="scheduled">The whole schedule with the constants added: W<sub>t</sub> + K<sub>t</sub>, from <see cref="Schedule"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CompressScheduled(TVector* state, TWord* scheduled)
    {
        TVector a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (var t = 0; t < TSha.Rounds; t += 8)
        {
            (d, h) = (NextE(d, e, f, g, h, TLanes.Broadcast(scheduled[t + 0])), d);
            h = NextA(a, b, c, h, d);
            (c, g) = (NextE(c, d, e, f, g, TLanes.Broadcast(scheduled[t + 1])), c);
            g = NextA(h, a, b, g, c);
            (b, f) = (NextE(b, c, d, e, f, TLanes.Broadcast(scheduled[t + 2])), b);
            f = NextA(g, h, a, f, b);
            (a, e) = (NextE(a, b, c, d, e, TLanes.Broadcast(scheduled[t + 3])), a);
            e = NextA(f, g, h, e, a);
            (h, d) = (NextE(h, a, b, c, d, TLanes.Broadcast(scheduled[t + 4])), h);
            d = NextA(e, f, g, d, h);
            (g, c) = (NextE(g, h, a, b, c, TLanes.Broadcast(scheduled[t + 5])), g);
            c = NextA(d, e, f, c, g);
            (f, b) = (NextE(f, g, h, a, b, TLanes.Broadcast(scheduled[t + 6])), f);
            b = NextA(c, d, e, b, f);
            (e, a) = (NextE(e, f, g, h, a, TLanes.Broadcast(scheduled[t + 7])), e);
            a = NextA(b, c, d, a, e);
        }

        AddTo(state, a, b, c, d, e, f, g, h);
    }

    /// <summary>
    /// <see cref="CompressScheduled(TVector*, TWord*)"/> on two states in turn. Every round waits for the one before; without a schedule to
    /// compute meanwhile, a second state fills the gaps, where there are registers enough for both.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CompressScheduled(TVector* first, TVector* second, TWord* scheduled)
    {
        TVector a0 = first[0], b0 = first[1], c0 = first[2], d0 = first[3], e0 = first[4], f0 = first[5], g0 = first[6], h0 = first[7];
        TVector a1 = second[0], b1 = second[1], c1 = second[2], d1 = second[3], e1 = second[4], f1 = second[5], g1 = second[6], h1 = second[7];
        TVector kw;
        for (var t = 0; t < TSha.Rounds; t += 8)
        {
            kw = TLanes.Broadcast(scheduled[t + 0]);
            (d0, h0) = (NextE(d0, e0, f0, g0, h0, kw), d0);
            h0 = NextA(a0, b0, c0, h0, d0);
            (d1, h1) = (NextE(d1, e1, f1, g1, h1, kw), d1);
            h1 = NextA(a1, b1, c1, h1, d1);
            kw = TLanes.Broadcast(scheduled[t + 1]);
            (c0, g0) = (NextE(c0, d0, e0, f0, g0, kw), c0);
            g0 = NextA(h0, a0, b0, g0, c0);
            (c1, g1) = (NextE(c1, d1, e1, f1, g1, kw), c1);
            g1 = NextA(h1, a1, b1, g1, c1);
            kw = TLanes.Broadcast(scheduled[t + 2]);
            (b0, f0) = (NextE(b0, c0, d0, e0, f0, kw), b0);
            f0 = NextA(g0, h0, a0, f0, b0);
            (b1, f1) = (NextE(b1, c1, d1, e1, f1, kw), b1);
            f1 = NextA(g1, h1, a1, f1, b1);
            kw = TLanes.Broadcast(scheduled[t + 3]);
            (a0, e0) = (NextE(a0, b0, c0, d0, e0, kw), a0);
            e0 = NextA(f0, g0, h0, e0, a0);
            (a1, e1) = (NextE(a1, b1, c1, d1, e1, kw), a1);
            e1 = NextA(f1, g1, h1, e1, a1);
            kw = TLanes.Broadcast(scheduled[t + 4]);
            (h0, d0) = (NextE(h0, a0, b0, c0, d0, kw), h0);
            d0 = NextA(e0, f0, g0, d0, h0);
            (h1, d1) = (NextE(h1, a1, b1, c1, d1, kw), h1);
            d1 = NextA(e1, f1, g1, d1, h1);
            kw = TLanes.Broadcast(scheduled[t + 5]);
            (g0, c0) = (NextE(g0, h0, a0, b0, c0, kw), g0);
            c0 = NextA(d0, e0, f0, c0, g0);
            (g1, c1) = (NextE(g1, h1, a1, b1, c1, kw), g1);
            c1 = NextA(d1, e1, f1, c1, g1);
            kw = TLanes.Broadcast(scheduled[t + 6]);
            (f0, b0) = (NextE(f0, g0, h0, a0, b0, kw), f0);
            b0 = NextA(c0, d0, e0, b0, f0);
            (f1, b1) = (NextE(f1, g1, h1, a1, b1, kw), f1);
            b1 = NextA(c1, d1, e1, b1, f1);
            kw = TLanes.Broadcast(scheduled[t + 7]);
            (e0, a0) = (NextE(e0, f0, g0, h0, a0, kw), e0);
            a0 = NextA(b0, c0, d0, a0, e0);
            (e1, a1) = (NextE(e1, f1, g1, h1, a1, kw), e1);
            a1 = NextA(b1, c1, d1, a1, e1);
        }

        AddTo(first, a0, b0, c0, d0, e0, f0, g0, h0);
        AddTo(second, a1, b1, c1, d1, e1, f1, g1, h1);
    }

    /// <summary>Computes W<sub>t</sub> + K<sub>t</sub> of a block once and for all.</summary>
    /// <param name="block">Sixteen vectors: M.</param>
    /// <param name="scheduled">As many vectors as there are rounds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Schedule(TVector* block, TVector* scheduled)
    {
        var k = Constants(TSha.K);
        for (var t = 0; t < TSha.Rounds; t++)
        {
            scheduled[t] = t < 16 ? block[t] : Next(scheduled[t - 16], scheduled[t - 15], scheduled[t - 7], scheduled[t - 2]);
        }

        for (var t = 0; t < TSha.Rounds; t++)
        {
            scheduled[t] = TLanes.Add(scheduled[t], TLanes.Broadcast(k[t]));
        }
    }

    /// <summary>Sets all lanes to SHA-2's initial value.</summary>
    public static void Reset(TVector* state)
    {
        for (var i = 0; i < 8; i++)
        {
            state[i] = TLanes.Broadcast(TSha.Initial[i]);
        }
    }

    // With 16 registers the working variables alone fit: the schedule is computed first and read from memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CompressInMemory(TVector* state, TVector* block, TVector* w)
    {
        for (var t = 0; t < 16; t++)
        {
            w[t] = block[t];
        }

        // The latest two stay in registers, as the next two wait for them.
        TVector latest = w[15], secondLatest = w[14];
        for (var t = 16; t < TSha.Rounds; t += 2)
        {
            secondLatest = Next(w[t - 16], w[t - 15], w[t - 7], secondLatest);
            latest = Next(w[t - 15], w[t - 14], w[t - 6], latest);
            w[t] = secondLatest;
            w[t + 1] = latest;
        }

        var k = Constants(TSha.K);
        TVector a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (var t = 0; t < TSha.Rounds; t += 8)
        {
            (d, h) = (NextE(d, e, f, g, h, TLanes.Add(TLanes.Broadcast(k[t + 0]), w[t + 0])), d);
            h = NextA(a, b, c, h, d);
            (c, g) = (NextE(c, d, e, f, g, TLanes.Add(TLanes.Broadcast(k[t + 1]), w[t + 1])), c);
            g = NextA(h, a, b, g, c);
            (b, f) = (NextE(b, c, d, e, f, TLanes.Add(TLanes.Broadcast(k[t + 2]), w[t + 2])), b);
            f = NextA(g, h, a, f, b);
            (a, e) = (NextE(a, b, c, d, e, TLanes.Add(TLanes.Broadcast(k[t + 3]), w[t + 3])), a);
            e = NextA(f, g, h, e, a);
            (h, d) = (NextE(h, a, b, c, d, TLanes.Add(TLanes.Broadcast(k[t + 4]), w[t + 4])), h);
            d = NextA(e, f, g, d, h);
            (g, c) = (NextE(g, h, a, b, c, TLanes.Add(TLanes.Broadcast(k[t + 5]), w[t + 5])), g);
            c = NextA(d, e, f, c, g);
            (f, b) = (NextE(f, g, h, a, b, TLanes.Add(TLanes.Broadcast(k[t + 6]), w[t + 6])), f);
            b = NextA(c, d, e, b, f);
            (e, a) = (NextE(e, f, g, h, a, TLanes.Add(TLanes.Broadcast(k[t + 7]), w[t + 7])), e);
            a = NextA(b, c, d, a, e);
        }

        AddTo(state, a, b, c, d, e, f, g, h);
    }

    // The next e is d + T1, where T1 = h + Σ₁(e) + Ch(e, f, g) + K + W. Of the operands only e has just been computed, and
    // the next round waits for the sum; so what needs e is added last, three instructions behind it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector NextE(TVector d, TVector e, TVector f, TVector g, TVector h, TVector kw) =>
        TLanes.Add(TLanes.Add(TLanes.Add(TLanes.Add(h, kw), d), TLanes.Choose(e, f, g)), TSha.Sum1<TVector, TLanes>(e));

    // The next a is T1 + T2, where T2 = Σ₀(a) + Maj(a, b, c), and T1 is got back from the next e by taking d away.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector NextA(TVector a, TVector b, TVector c, TVector d, TVector nextE) =>
        TLanes.Add(TLanes.Add(nextE, TLanes.Subtract(TLanes.Majority(a, b, c), d)), TSha.Sum0<TVector, TLanes>(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Next(TVector w16, TVector w15, TVector w7, TVector w2) =>
        TLanes.Add(TLanes.Add(w16, TSha.Sigma0<TVector, TLanes>(w15)), TLanes.Add(w7, TSha.Sigma1<TVector, TLanes>(w2)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(TVector* state, TVector a, TVector b, TVector c, TVector d, TVector e, TVector f, TVector g, TVector h)
    {
        state[0] = TLanes.Add(state[0], a);
        state[1] = TLanes.Add(state[1], b);
        state[2] = TLanes.Add(state[2], c);
        state[3] = TLanes.Add(state[3], d);
        state[4] = TLanes.Add(state[4], e);
        state[5] = TLanes.Add(state[5], f);
        state[6] = TLanes.Add(state[6], g);
        state[7] = TLanes.Add(state[7], h);
    }

    // The tables are part of the assembly's image, which does not move, so a plain pointer to them stays good.
    private static TWord* Constants(ReadOnlySpan<TWord> table) =>
        (TWord*)Unsafe.AsPointer(ref Unsafe.AsRef(in System.Runtime.InteropServices.MemoryMarshal.GetReference(table)));
}
