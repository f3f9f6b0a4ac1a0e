using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>
/// PBKDF2 (RFC 8018 section 5.2) with HMAC (RFC 2104) over SHA-1 or SHA-256, one digest long, for as many passwords as there are lanes
/// in two vectors. Lengths may differ: whatever they are, an iteration is two blocks, each a digest and its padding.
/// </summary>
internal static unsafe class Pbkdf2Kernel<TVector, TLanes, THash>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector, uint>
    where THash : struct, ILaneHash<TVector>
{
    private const int WordsPerBlock = 16;
    private const int BlockBytes = WordsPerBlock * sizeof(uint);
    private const int Groups = 2;
    private const int IterationsPerLook = 1 << 14;

    /// <summary>How many passwords are computed at once.</summary>
    public static int Capacity => Groups * Lanes;

    private static int Lanes => sizeof(TVector) / sizeof(uint);

    private static int DigestBytes => THash.DigestWords * sizeof(uint);

    /// <summary>Computes some of a batch.</summary>
    /// <param name="batch">Passwords and salts.</param>
    /// <param name="first">The first of the batch to compute.</param>
    /// <param name="count">How many: at least one, at most <see cref="Capacity"/>.</param>
    /// <param name="iterations">RFC 8018's c, 1 or more.</param>
    /// <param name="keys">Becomes the derived keys, a digest's length each, side by side.</param>
    public static void Compute(in HashBatch batch, int first, int count, int iterations, Span<byte> keys)
    {
        var groupVectors = (4 * THash.DigestWords) + WordsPerBlock;
        using var memory = new ZeroedBuffer(((Groups * groupVectors) + THash.ScratchVectors) * sizeof(TVector));
        var scratch = (TVector*)memory.Address + (Groups * groupVectors);
        var one = new Group((TVector*)memory.Address);
        var two = new Group((TVector*)memory.Address + groupVectors);

        // Lanes without a password compute unused values.
        LayOut(batch, first, Math.Min(count, Lanes), one, scratch);
        LayOut(batch, first + Lanes, Math.Max(count - Lanes, 0), two, scratch);
        for (var i = 1; i < iterations; i++)
        {
            if (i % IterationsPerLook == 0)
            {
                batch.ThrowIfStopped();
            }

            if (count > Lanes)
            {
                Iterate(one, two, scratch);
            }
            else
            {
                Iterate(one, scratch);
            }
        }

        for (var i = 0; i < count; i++)
        {
            LaneBytes<uint, TVector>.Get((i < Lanes ? one : two).Sum, i % Lanes, keys.Slice(i * DigestBytes, DigestBytes));
        }
    }

    // U = HMAC(P, U), which is added to the sum by exclusive or.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Iterate(Group group, TVector* scratch)
    {
        group.Begin(group.Inner);
        THash.Compress(group.State, group.Block, scratch);
        group.End();
        group.Begin(group.Outer);
        THash.Compress(group.State, group.Block, scratch);
        group.End();
        group.AddToSum();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Iterate(Group one, Group two, TVector* scratch)
    {
        one.Begin(one.Inner);
        two.Begin(two.Inner);
        THash.Compress(one.State, one.Block, two.State, two.Block, scratch);
        one.End();
        two.End();
        one.Begin(one.Outer);
        two.Begin(two.Outer);
        THash.Compress(one.State, one.Block, two.State, two.Block, scratch);
        one.End();
        two.End();
        one.AddToSum();
        two.AddToSum();
    }

    // The states behind the padded keys, which all HMACs of a password begin with, and U₁ = HMAC(P, S ‖ INT(1)).
    private static void LayOut(in HashBatch batch, int first, int count, Group group, TVector* scratch)
    {
        using var message = new ZeroedBuffer(BlockBytes + Math.Max(DigestBytes, batch.SaltLength + sizeof(uint)));
        Span<byte> digest = stackalloc byte[DigestBytes];
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bits, (ulong)(BlockBytes + DigestBytes) * 8);
        foreach (var (state, pad) in ((nint, byte)[])[((nint)group.Inner, 0x36), ((nint)group.Outer, 0x5c)])
        {
            for (var lane = 0; lane < count; lane++)
            {
                PadKey(batch.Password(first + lane), message.Bytes[..BlockBytes], pad);
                LaneBytes<uint, TVector>.Put(group.Block, lane, 0, message.Bytes[..BlockBytes]);
            }

            THash.Reset((TVector*)state);
            THash.Compress((TVector*)state, group.Block, scratch);
        }

        new Span<byte>(group.Block, WordsPerBlock * sizeof(TVector)).Clear();
        for (var lane = 0; lane < count; lane++)
        {
            PadKey(batch.Password(first + lane), message.Bytes, 0x36);
            batch.Salt(first + lane).CopyTo(message.Bytes[BlockBytes..]);
            BinaryPrimitives.WriteUInt32BigEndian(message.Bytes[(BlockBytes + batch.SaltLength)..], 1);
            THash.Hash(message.Bytes[..(BlockBytes + batch.SaltLength + sizeof(uint))], digest);
            PadKey(batch.Password(first + lane), message.Bytes, 0x5c);
            digest.CopyTo(message.Bytes[BlockBytes..]);
            THash.Hash(message.Bytes[..(BlockBytes + DigestBytes)], digest);
            LaneBytes<uint, TVector>.Put(group.Sum, lane, 0, digest);

            var end = LaneBytes<uint, TVector>.Put(group.Block, lane, 0, digest);
            LaneBytes<uint, TVector>.Put(group.Block, lane, end, [0x80]);
            LaneBytes<uint, TVector>.Put(group.Block, lane, BlockBytes - bits.Length, bits);
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(digest);
    }

    // RFC 2104 section 2: a key longer than a block is hashed first; a shorter one is filled up with zeros.
    private static void PadKey(ReadOnlySpan<byte> key, Span<byte> block, byte pad)
    {
        block = block[..BlockBytes];
        block.Clear();
        if (key.Length > BlockBytes)
        {
            THash.Hash(key, block[..DigestBytes]);
        }
        else
        {
            key.CopyTo(block);
        }

        foreach (ref var value in block)
        {
            value ^= pad;
        }
    }

    /// <summary>One vector of passwords.</summary>
    private readonly struct Group(TVector* memory)
    {
        /// <summary>The state behind the inner key.</summary>
        public TVector* Inner => memory;

        /// <summary>The state behind the outer key.</summary>
        public TVector* Outer => memory + THash.DigestWords;

        /// <summary>The state in work.</summary>
        public TVector* State => memory + (2 * THash.DigestWords);

        /// <summary>RFC 8018's T.</summary>
        public TVector* Sum => memory + (3 * THash.DigestWords);

        /// <summary>A digest, and the padding of all messages that are a key's block and a digest.</summary>
        public TVector* Block => memory + (4 * THash.DigestWords);

        public void Begin(TVector* key) => THash.Copy(key, State);

        public void End() => THash.Copy(State, Block);

        public void AddToSum()
        {
            for (var i = 0; i < THash.DigestWords; i++)
            {
                Sum[i] = TLanes.Xor(Sum[i], Block[i], default);
            }
        }
    }
}
