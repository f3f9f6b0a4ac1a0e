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
    public static void Compress(TVector* state, TVector* block)
    {
        var k = Constants(TSha.K);
        TVector a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        TVector w0 = block[0], w1 = block[1], w2 = block[2], w3 = block[3], w4 = block[4], w5 = block[5], w6 = block[6], w7 = block[7];
        TVector w8 = block[8], w9 = block[9], w10 = block[10], w11 = block[11], w12 = block[12], w13 = block[13], w14 = block[14], w15 = block[15];

        h = Before(e, f, g, h, TLanes.Add(w0, TLanes.Broadcast(k[0])));
        d = TLanes.Add(d, h);
        h = After(a, b, c, h);
        g = Before(d, e, f, g, TLanes.Add(w1, TLanes.Broadcast(k[1])));
        c = TLanes.Add(c, g);
        g = After(h, a, b, g);
        f = Before(c, d, e, f, TLanes.Add(w2, TLanes.Broadcast(k[2])));
        b = TLanes.Add(b, f);
        f = After(g, h, a, f);
        e = Before(b, c, d, e, TLanes.Add(w3, TLanes.Broadcast(k[3])));
        a = TLanes.Add(a, e);
        e = After(f, g, h, e);
        d = Before(a, b, c, d, TLanes.Add(w4, TLanes.Broadcast(k[4])));
        h = TLanes.Add(h, d);
        d = After(e, f, g, d);
        c = Before(h, a, b, c, TLanes.Add(w5, TLanes.Broadcast(k[5])));
        g = TLanes.Add(g, c);
        c = After(d, e, f, c);
        b = Before(g, h, a, b, TLanes.Add(w6, TLanes.Broadcast(k[6])));
        f = TLanes.Add(f, b);
        b = After(c, d, e, b);
        a = Before(f, g, h, a, TLanes.Add(w7, TLanes.Broadcast(k[7])));
        e = TLanes.Add(e, a);
        a = After(b, c, d, a);
        h = Before(e, f, g, h, TLanes.Add(w8, TLanes.Broadcast(k[8])));
        d = TLanes.Add(d, h);
        h = After(a, b, c, h);
        g = Before(d, e, f, g, TLanes.Add(w9, TLanes.Broadcast(k[9])));
        c = TLanes.Add(c, g);
        g = After(h, a, b, g);
        f = Before(c, d, e, f, TLanes.Add(w10, TLanes.Broadcast(k[10])));
        b = TLanes.Add(b, f);
        f = After(g, h, a, f);
        e = Before(b, c, d, e, TLanes.Add(w11, TLanes.Broadcast(k[11])));
        a = TLanes.Add(a, e);
        e = After(f, g, h, e);
        d = Before(a, b, c, d, TLanes.Add(w12, TLanes.Broadcast(k[12])));
        h = TLanes.Add(h, d);
        d = After(e, f, g, d);
        c = Before(h, a, b, c, TLanes.Add(w13, TLanes.Broadcast(k[13])));
        g = TLanes.Add(g, c);
        c = After(d, e, f, c);
        b = Before(g, h, a, b, TLanes.Add(w14, TLanes.Broadcast(k[14])));
        f = TLanes.Add(f, b);
        b = After(c, d, e, b);
        a = Before(f, g, h, a, TLanes.Add(w15, TLanes.Broadcast(k[15])));
        e = TLanes.Add(e, a);
        a = After(b, c, d, a);

        for (var t = 16; t < TSha.Rounds; t += 16)
        {
            w0 = Next(w0, w1, w9, w14);
            h = Before(e, f, g, h, TLanes.Add(w0, TLanes.Broadcast(k[t + 0])));
            d = TLanes.Add(d, h);
            h = After(a, b, c, h);
            w1 = Next(w1, w2, w10, w15);
            g = Before(d, e, f, g, TLanes.Add(w1, TLanes.Broadcast(k[t + 1])));
            c = TLanes.Add(c, g);
            g = After(h, a, b, g);
            w2 = Next(w2, w3, w11, w0);
            f = Before(c, d, e, f, TLanes.Add(w2, TLanes.Broadcast(k[t + 2])));
            b = TLanes.Add(b, f);
            f = After(g, h, a, f);
            w3 = Next(w3, w4, w12, w1);
            e = Before(b, c, d, e, TLanes.Add(w3, TLanes.Broadcast(k[t + 3])));
            a = TLanes.Add(a, e);
            e = After(f, g, h, e);
            w4 = Next(w4, w5, w13, w2);
            d = Before(a, b, c, d, TLanes.Add(w4, TLanes.Broadcast(k[t + 4])));
            h = TLanes.Add(h, d);
            d = After(e, f, g, d);
            w5 = Next(w5, w6, w14, w3);
            c = Before(h, a, b, c, TLanes.Add(w5, TLanes.Broadcast(k[t + 5])));
            g = TLanes.Add(g, c);
            c = After(d, e, f, c);
            w6 = Next(w6, w7, w15, w4);
            b = Before(g, h, a, b, TLanes.Add(w6, TLanes.Broadcast(k[t + 6])));
            f = TLanes.Add(f, b);
            b = After(c, d, e, b);
            w7 = Next(w7, w8, w0, w5);
            a = Before(f, g, h, a, TLanes.Add(w7, TLanes.Broadcast(k[t + 7])));
            e = TLanes.Add(e, a);
            a = After(b, c, d, a);
            w8 = Next(w8, w9, w1, w6);
            h = Before(e, f, g, h, TLanes.Add(w8, TLanes.Broadcast(k[t + 8])));
            d = TLanes.Add(d, h);
            h = After(a, b, c, h);
            w9 = Next(w9, w10, w2, w7);
            g = Before(d, e, f, g, TLanes.Add(w9, TLanes.Broadcast(k[t + 9])));
            c = TLanes.Add(c, g);
            g = After(h, a, b, g);
            w10 = Next(w10, w11, w3, w8);
            f = Before(c, d, e, f, TLanes.Add(w10, TLanes.Broadcast(k[t + 10])));
            b = TLanes.Add(b, f);
            f = After(g, h, a, f);
            w11 = Next(w11, w12, w4, w9);
            e = Before(b, c, d, e, TLanes.Add(w11, TLanes.Broadcast(k[t + 11])));
            a = TLanes.Add(a, e);
            e = After(f, g, h, e);
            w12 = Next(w12, w13, w5, w10);
            d = Before(a, b, c, d, TLanes.Add(w12, TLanes.Broadcast(k[t + 12])));
            h = TLanes.Add(h, d);
            d = After(e, f, g, d);
            w13 = Next(w13, w14, w6, w11);
            c = Before(h, a, b, c, TLanes.Add(w13, TLanes.Broadcast(k[t + 13])));
            g = TLanes.Add(g, c);
            c = After(d, e, f, c);
            w14 = Next(w14, w15, w7, w12);
            b = Before(g, h, a, b, TLanes.Add(w14, TLanes.Broadcast(k[t + 14])));
            f = TLanes.Add(f, b);
            b = After(c, d, e, b);
            w15 = Next(w15, w0, w8, w13);
            a = Before(f, g, h, a, TLanes.Add(w15, TLanes.Broadcast(k[t + 15])));
            e = TLanes.Add(e, a);
            a = After(b, c, d, a);
        }

        AddTo(state, a, b, c, d, e, f, g, h);
    }

    /// <summary>Adds one block whose words are the same in all lanes and known beforehand.</summary>
    /// <param name="state">Eight vectors: H.</param>
    /// <param name="scheduled">The whole schedule with the constants added: W<sub>t</sub> + K<sub>t</sub>, from <see cref="Schedule"/>.</param>
    public static void CompressScheduled(TVector* state, TWord* scheduled)
    {
        TVector a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (var t = 0; t < TSha.Rounds; t += 8)
        {
            h = Before(e, f, g, h, TLanes.Broadcast(scheduled[t + 0]));
            d = TLanes.Add(d, h);
            h = After(a, b, c, h);
            g = Before(d, e, f, g, TLanes.Broadcast(scheduled[t + 1]));
            c = TLanes.Add(c, g);
            g = After(h, a, b, g);
            f = Before(c, d, e, f, TLanes.Broadcast(scheduled[t + 2]));
            b = TLanes.Add(b, f);
            f = After(g, h, a, f);
            e = Before(b, c, d, e, TLanes.Broadcast(scheduled[t + 3]));
            a = TLanes.Add(a, e);
            e = After(f, g, h, e);
            d = Before(a, b, c, d, TLanes.Broadcast(scheduled[t + 4]));
            h = TLanes.Add(h, d);
            d = After(e, f, g, d);
            c = Before(h, a, b, c, TLanes.Broadcast(scheduled[t + 5]));
            g = TLanes.Add(g, c);
            c = After(d, e, f, c);
            b = Before(g, h, a, b, TLanes.Broadcast(scheduled[t + 6]));
            f = TLanes.Add(f, b);
            b = After(c, d, e, b);
            a = Before(f, g, h, a, TLanes.Broadcast(scheduled[t + 7]));
            e = TLanes.Add(e, a);
            a = After(b, c, d, a);
        }

        AddTo(state, a, b, c, d, e, f, g, h);
    }

    /// <summary>Computes W<sub>t</sub> + K<sub>t</sub> of a block once and for all.</summary>
    /// <param name="block">Sixteen vectors: M.</param>
    /// <param name="scheduled">As many vectors as there are rounds.</param>
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

    // T1 = h + Σ₁(e) + Ch(e, f, g) + K + W. What is known longest is added first: e is the last to arrive.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Before(TVector e, TVector f, TVector g, TVector h, TVector kw) =>
        TLanes.Add(TLanes.Add(TLanes.Add(h, kw), TLanes.Choose(e, f, g)), TSha.Sum1<TVector, TLanes>(e));

    // T1 + T2, where T2 = Σ₀(a) + Maj(a, b, c).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector After(TVector a, TVector b, TVector c, TVector t1) =>
        TLanes.Add(t1, TLanes.Add(TLanes.Majority(a, b, c), TSha.Sum0<TVector, TLanes>(a)));

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
