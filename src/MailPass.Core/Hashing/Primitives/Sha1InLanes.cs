using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>
/// SHA-1 in all lanes of one vector, or of two vectors in turn; FIPS 180-4 sections 4.1.1, 4.2.1 and 6.1.2. For Dovecot's
/// PBKDF2, which is HMAC-SHA-1: there it does not matter that collisions of SHA-1 can be found.
/// </summary>
internal readonly unsafe struct Sha1InLanes<TVector, TLanes> : ILaneHash<TVector>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector, uint>
{
    private const int WordsPerBlock = 16;
    private const int Rounds = 80;
    private const int RoundsPerStage = 20;

    public static int DigestWords => 5;

    public static int ScratchVectors => 2 * ScratchPerState;

    private static int ScratchPerState => DigestWords + Rounds;

    public static void Reset(TVector* state)
    {
        state[0] = TLanes.Broadcast(0x67452301);
        state[1] = TLanes.Broadcast(0xefcdab89);
        state[2] = TLanes.Broadcast(0x98badcfe);
        state[3] = TLanes.Broadcast(0x10325476);
        state[4] = TLanes.Broadcast(0xc3d2e1f0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(TVector* from, TVector* to)
    {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = from[3];
        to[4] = from[4];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(TVector* state, TVector* block, TVector* scratch)
    {
        TVector* before = scratch, w = scratch + DigestWords;
        Copy(state, before);
        Schedule(block, w);
        Run<Choosing>(state, w);
        Run<Parity>(state, w + RoundsPerStage);
        Run<Majority>(state, w + (2 * RoundsPerStage));
        Run<LastParity>(state, w + (3 * RoundsPerStage));
        Add(before, state);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(TVector* first, TVector* firstBlock, TVector* second, TVector* secondBlock, TVector* scratch)
    {
        TVector* before0 = scratch, w0 = scratch + DigestWords;
        TVector* before1 = before0 + ScratchPerState, w1 = w0 + ScratchPerState;
        Copy(first, before0);
        Copy(second, before1);
        Schedule(firstBlock, w0);
        Schedule(secondBlock, w1);
        Run<Choosing>(first, w0, second, w1);
        Run<Parity>(first, w0 + RoundsPerStage, second, w1 + RoundsPerStage);
        Run<Majority>(first, w0 + (2 * RoundsPerStage), second, w1 + (2 * RoundsPerStage));
        Run<LastParity>(first, w0 + (3 * RoundsPerStage), second, w1 + (3 * RoundsPerStage));
        Add(before0, first);
        Add(before1, second);
    }

    public static void Hash(ReadOnlySpan<byte> message, Span<byte> digest)
    {
#pragma warning disable CA5350 // The stored hashes are Dovecot's, which uses SHA-1.
        SHA1.HashData(message, digest);
#pragma warning restore CA5350
    }

    // W[t] = (W[t - 3] ⊕ W[t - 8] ⊕ W[t - 14] ⊕ W[t - 16]) rotated left by one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Schedule(TVector* block, TVector* w)
    {
        for (var t = 0; t < WordsPerBlock; t++)
        {
            w[t] = block[t];
        }

        // The word three before is needed at once, before it could be read back from memory.
        TVector w13 = w[13], w14 = w[14], w15 = w[15];
        for (var end = w + Rounds - WordsPerBlock; w < end; w++)
        {
            var next = TLanes.RotateRight(TLanes.Xor(TLanes.Xor(w[8], w[2], w[0]), w13, default), 31);
            w[16] = next;
            (w13, w14, w15) = (w14, w15, next);
        }
    }

    // Twenty rounds that have the function and the constant in common. After five the variables have their old names again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TStage>(TVector* state, TVector* w)
        where TStage : struct, IStage
    {
        TVector a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        var k = TLanes.Broadcast(TStage.K);
        for (var end = w + RoundsPerStage; w < end; w += 5)
        {
            Round<TStage>(a, ref b, c, d, ref e, TLanes.Add(w[0], k));
            Round<TStage>(e, ref a, b, c, ref d, TLanes.Add(w[1], k));
            Round<TStage>(d, ref e, a, b, ref c, TLanes.Add(w[2], k));
            Round<TStage>(c, ref d, e, a, ref b, TLanes.Add(w[3], k));
            Round<TStage>(b, ref c, d, e, ref a, TLanes.Add(w[4], k));
        }

        (state[0], state[1], state[2], state[3], state[4]) = (a, b, c, d, e);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TStage>(TVector* first, TVector* w0, TVector* second, TVector* w1)
        where TStage : struct, IStage
    {
        TVector a0 = first[0], b0 = first[1], c0 = first[2], d0 = first[3], e0 = first[4];
        TVector a1 = second[0], b1 = second[1], c1 = second[2], d1 = second[3], e1 = second[4];
        var k = TLanes.Broadcast(TStage.K);
        for (var end = w0 + RoundsPerStage; w0 < end; w0 += 5, w1 += 5)
        {
            Round<TStage>(a0, ref b0, c0, d0, ref e0, TLanes.Add(w0[0], k));
            Round<TStage>(a1, ref b1, c1, d1, ref e1, TLanes.Add(w1[0], k));
            Round<TStage>(e0, ref a0, b0, c0, ref d0, TLanes.Add(w0[1], k));
            Round<TStage>(e1, ref a1, b1, c1, ref d1, TLanes.Add(w1[1], k));
            Round<TStage>(d0, ref e0, a0, b0, ref c0, TLanes.Add(w0[2], k));
            Round<TStage>(d1, ref e1, a1, b1, ref c1, TLanes.Add(w1[2], k));
            Round<TStage>(c0, ref d0, e0, a0, ref b0, TLanes.Add(w0[3], k));
            Round<TStage>(c1, ref d1, e1, a1, ref b1, TLanes.Add(w1[3], k));
            Round<TStage>(b0, ref c0, d0, e0, ref a0, TLanes.Add(w0[4], k));
            Round<TStage>(b1, ref c1, d1, e1, ref a1, TLanes.Add(w1[4], k));
        }

        (first[0], first[1], first[2], first[3], first[4]) = (a0, b0, c0, d0, e0);
        (second[0], second[1], second[2], second[3], second[4]) = (a1, b1, c1, d1, e1);
    }

    // T = a rotated left by 5 + f(b, c, d) + e + K + W becomes the next a, in the variable of e, and b rotated left by 30 the
    // next c, in that of b. Nothing else moves. Only a has just been computed, so it is added last.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<TStage>(TVector a, ref TVector b, TVector c, TVector d, ref TVector e, TVector kw)
        where TStage : struct, IStage
    {
        e = TLanes.Add(TLanes.Add(TLanes.Add(e, kw), TStage.F(b, c, d)), TLanes.RotateRight(a, 27));
        b = TLanes.RotateRight(b, 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TVector* before, TVector* state)
    {
        state[0] = TLanes.Add(state[0], before[0]);
        state[1] = TLanes.Add(state[1], before[1]);
        state[2] = TLanes.Add(state[2], before[2]);
        state[3] = TLanes.Add(state[3], before[3]);
        state[4] = TLanes.Add(state[4], before[4]);
    }

    /// <summary>Sections 4.1.1 and 4.2.1: the differences between the four stages of twenty rounds.</summary>
    private interface IStage
    {
        static abstract uint K { get; }

        static abstract TVector F(TVector x, TVector y, TVector z);
    }

    private readonly struct Choosing : IStage
    {
        public static uint K => 0x5a827999;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector F(TVector x, TVector y, TVector z) => TLanes.Choose(x, y, z);
    }

    private readonly struct Parity : IStage
    {
        public static uint K => 0x6ed9eba1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector F(TVector x, TVector y, TVector z) => TLanes.Xor(x, y, z);
    }

    private readonly struct Majority : IStage
    {
        public static uint K => 0x8f1bbcdc;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector F(TVector x, TVector y, TVector z)
        {
            var memo = TLanes.MajorityMemo(y, z);
            return TLanes.Majority(x, y, ref memo);
        }
    }

    private readonly struct LastParity : IStage
    {
        public static uint K => 0xca62c1d6;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector F(TVector x, TVector y, TVector z) => TLanes.Xor(x, y, z);
    }
}
