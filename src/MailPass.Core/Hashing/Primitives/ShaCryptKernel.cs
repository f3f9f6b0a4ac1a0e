using System.Runtime.CompilerServices;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>
/// The computation of SHA-crypt for as many passwords of one length as there are lanes, or twice as many; steps as Drepper's
/// specification numbers them ("Unix crypt using SHA-256 and SHA-512").
/// </summary>
/// <remarks>
/// Step 21, the rounds, is all of the time. Whether a round's message begins or ends with the digest D, and whether it
/// holds the sequences S and P, depends on the round's number modulo 2, 3 and 7; so there are eight different messages:
/// <code>
///   even:  D [S] [P] P        odd:  P [S] [P] D
/// </code>
/// All of them are laid out once, with padding, and a round only puts its digest into its place. If the padding
/// needs its own block (password and salt of 16 characters each: in four rounds of seven), that block is the same
/// in every lane and every round, and its schedule is computed once.
/// </remarks>
internal static unsafe class ShaCryptKernel<TWord, TSha, TVector, TLanes>
    where TWord : unmanaged
    where TSha : struct, ISha2<TWord>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector, TWord>
{
    private const int WordsPerBlock = 16;
    private const int DigestWords = 8;
    private const int Messages = 8;
    private const int RoundsPerCycle = 2 * 3 * 7;

    // Whole cycles, so that each part begins as the first does; some ten milliseconds.
    private const int RoundsPerPart = 200 * RoundsPerCycle;

    // Bits of a message's number.
    private const int IsOdd = 1;
    private const int HasS = 2;
    private const int HasP = 4;

    /// <summary>How many passwords are in one vector.</summary>
    public static int Lanes => sizeof(TVector) / sizeof(TWord);

    /// <summary>How many passwords can be computed at once: two vectors of lanes. (Scalar code of one keeps a processor busy.)</summary>
    public static int Capacity => Lanes == 1 ? 1 : 2 * Lanes;

    private static int BlockBytes => WordsPerBlock * sizeof(TWord);

    private static int DigestBytes => DigestWords * sizeof(TWord);

    /// <summary>Computes the digests of some of a batch.</summary>
    /// <param name="batch">Passwords, salts and digests.</param>
    /// <param name="members">Which of the batch: at least one, at most <see cref="Capacity"/>, all with passwords of one length.</param>
    /// <param name="rounds">The number of rounds.</param>
    public static void Compute(in HashBatch batch, ReadOnlySpan<int> members, int rounds)
    {
        var passwordLength = batch.Password(members[0]).Length;
        var blocks = BlocksOf(DigestBytes + (2 * passwordLength) + batch.SaltLength);
        var groupCount = (members.Length + Lanes - 1) / Lanes;
        var groupVectors = DigestWords + (Messages * blocks * WordsPerBlock);
        using var memory = new ZeroedBuffer((((groupCount * groupVectors) + Sha2<TWord, TSha, TVector, TLanes>.ScratchVectors) * sizeof(TVector)) + (Messages * TSha.Rounds * sizeof(TWord)));
        using var messages = new ZeroedBuffer(groupCount * Messages * sizeof(Message));
        var scratch = (TVector*)memory.Address + (groupCount * groupVectors);
        var schedules = (TWord*)(scratch + Sha2<TWord, TSha, TVector, TLanes>.ScratchVectors);
        var groups = stackalloc Group[groupCount];
        for (var i = 0; i < groupCount; i++)
        {
            groups[i] = new Group((TVector*)memory.Address + (i * groupVectors), (Message*)messages.Address + (i * Messages));
            LayOut(batch, members[(i * Lanes)..], groups[i], blocks, schedules);
        }

        for (var rest = rounds; rest > 0; rest -= RoundsPerPart)
        {
            batch.ThrowIfStopped();
            Rounds(groups, groupCount, Math.Min(rest, RoundsPerPart), scratch);
        }

        for (var i = 0; i < members.Length; i++)
        {
            LaneBytes<TWord, TVector>.Get(groups[i / Lanes].State, i % Lanes, batch.Digest(members[i]));
        }
    }

    // Steps 1 to 20, and all messages without their digests.
    private static void LayOut(in HashBatch batch, ReadOnlySpan<int> members, Group group, int blocks, TWord* schedules)
    {
        var passwordLength = batch.Password(members[0]).Length;
        var words = group.State + DigestWords;
        using var sequences = new ZeroedBuffer(DigestBytes + passwordLength + batch.SaltLength);
        var digest = sequences.Bytes[..DigestBytes];
        var p = sequences.Bytes.Slice(DigestBytes, passwordLength);
        var s = sequences.Bytes[(DigestBytes + passwordLength)..];

        // Lanes without a password repeat the last one.
        for (var lane = 0; lane < Lanes; lane++)
        {
            if (lane < members.Length)
            {
                ShaCryptPrologue<TWord, TSha>.Compute(batch.Password(members[lane]), batch.Salt(members[lane]), digest, p, s);
            }

            LaneBytes<TWord, TVector>.Put(group.State, lane, 0, digest);
            for (var number = 0; number < Messages; number++)
            {
                LayOut(words + (number * blocks * WordsPerBlock), lane, number, p, s);
            }
        }

        for (var number = 0; number < Messages; number++)
        {
            group.Messages[number] = new Message(
                number, passwordLength, batch.SaltLength, words + (number * blocks * WordsPerBlock), schedules + (number * TSha.Rounds));
        }
    }

    // Step 21, or a part of it that begins with a cycle.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rounds(Group* groups, int groupCount, int rounds, TVector* scratch)
    {
        var numbers = stackalloc byte[RoundsPerCycle];
        for (var i = 0; i < RoundsPerCycle; i++)
        {
            numbers[i] = (byte)((i % 2 != 0 ? IsOdd : 0) | (i % 3 != 0 ? HasS : 0) | (i % 7 != 0 ? HasP : 0));
        }

        Group* first = groups, second = groupCount == 2 ? groups + 1 : null;
        for (int i = 0, inCycle = 0; i < rounds; i++)
        {
            var number = numbers[inCycle];
            inCycle = inCycle == RoundsPerCycle - 1 ? 0 : inCycle + 1;
            if (second is null)
            {
                Round(first->State, first->Messages + number, scratch);
            }
            else
            {
                Round(first->State, first->Messages + number, second->State, second->Messages + number, scratch);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(TVector* state, Message* message, TVector* scratch)
    {
        message->PutDigest(state);
        Sha2<TWord, TSha, TVector, TLanes>.Reset(state);
        for (var block = 0; block < message->OwnBlocks; block++)
        {
            Sha2<TWord, TSha, TVector, TLanes>.Compress(state, message->Words + (block * WordsPerBlock), scratch);
        }

        if (message->Scheduled is not null)
        {
            Sha2<TWord, TSha, TVector, TLanes>.CompressScheduled(state, message->Scheduled, scratch);
        }
    }

    // The same of two groups, whose messages are equal in everything but their words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(TVector* state0, Message* message0, TVector* state1, Message* message1, TVector* scratch)
    {
        message0->PutDigest(state0);
        message1->PutDigest(state1);
        Sha2<TWord, TSha, TVector, TLanes>.Reset(state0);
        Sha2<TWord, TSha, TVector, TLanes>.Reset(state1);
        for (var block = 0; block < message0->OwnBlocks; block++)
        {
            var at = block * WordsPerBlock;
            Sha2<TWord, TSha, TVector, TLanes>.Compress(state0, message0->Words + at, state1, message1->Words + at, scratch);
        }

        if (message0->Scheduled is not null)
        {
            Sha2<TWord, TSha, TVector, TLanes>.CompressScheduled(state0, state1, message0->Scheduled, scratch);
        }
    }

    // Everything of a message but the digest: P, S, the bit behind the end, and the length in bits.
    private static void LayOut(TVector* words, int lane, int number, ReadOnlySpan<byte> p, ReadOnlySpan<byte> s)
    {
        var offset = (number & IsOdd) != 0 ? 0 : DigestBytes;
        if ((number & IsOdd) != 0)
        {
            offset = LaneBytes<TWord, TVector>.Put(words, lane, offset, p);
        }

        if ((number & HasS) != 0)
        {
            offset = LaneBytes<TWord, TVector>.Put(words, lane, offset, s);
        }

        if ((number & HasP) != 0)
        {
            offset = LaneBytes<TWord, TVector>.Put(words, lane, offset, p);
        }

        offset = (number & IsOdd) != 0 ? offset + DigestBytes : LaneBytes<TWord, TVector>.Put(words, lane, offset, p);
        LaneBytes<TWord, TVector>.Put(words, lane, offset, [0x80]);
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bits, (ulong)offset * 8);
        LaneBytes<TWord, TVector>.Put(words, lane, (BlocksOf(offset) * BlockBytes) - bits.Length, bits);
    }

    private static int BlocksOf(int messageBytes) => (messageBytes + 1 + (2 * sizeof(TWord)) + BlockBytes - 1) / BlockBytes;

    /// <summary>One vector of lanes.</summary>
    private readonly struct Group(TVector* state, Message* messages)
    {
        public readonly TVector* State = state;
        public readonly Message* Messages = messages;
    }

    /// <summary>One of the eight messages in all lanes.</summary>
    private readonly struct Message
    {
        /// <summary>All blocks, sixteen vectors each.</summary>
        public readonly TVector* Words;

        /// <summary>How many blocks have to be computed in every round.</summary>
        public readonly int OwnBlocks;

        /// <summary>The schedule of the block behind them that is padding alone; null if there is none.</summary>
        public readonly TWord* Scheduled;

        private readonly TVector* _digest;
        private readonly int _shift;

        // The message's other bytes in the words in which the digest begins and ends, if it does so within a word.
        private readonly TVector _first;
        private readonly TVector _last;

        public Message(int number, int passwordLength, int saltLength, TVector* words, TWord* scheduled)
        {
            var others = ((number & HasS) != 0 ? saltLength : 0) + ((number & HasP) != 0 ? passwordLength : 0) + passwordLength;
            var length = DigestBytes + others;
            var blocks = BlocksOf(length);
            var start = (number & IsOdd) != 0 ? others : 0;
            Words = words;
            OwnBlocks = blocks;
            if (length <= (blocks - 1) * BlockBytes)
            {
                OwnBlocks = blocks - 1;
                Scheduled = scheduled;
                ScheduleOneLane(words + (OwnBlocks * WordsPerBlock), scheduled);
            }

            _digest = words + (start / sizeof(TWord));
            _shift = start % sizeof(TWord) * 8;
            if (_shift != 0)
            {
                _first = _digest[0];
                _last = _digest[DigestWords];
            }
        }

        /// <summary>Puts the digests into their place, moved by bytes where that is within a word.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void PutDigest(TVector* digest)
        {
            if (_shift == 0)
            {
                Sha2<TWord, TSha, TVector, TLanes>.CopyEight(digest, _digest);
                return;
            }

            var back = (sizeof(TWord) * 8) - _shift;
            var before = _first;
            for (var i = 0; i < DigestWords; i++)
            {
                _digest[i] = TLanes.Or(before, TLanes.ShiftRight(digest[i], _shift));
                before = TLanes.ShiftLeft(digest[i], back);
            }

            _digest[DigestWords] = TLanes.Or(before, _last);
        }

        // All lanes are the same; the first stands for them.
        private static void ScheduleOneLane(TVector* block, TWord* scheduled)
        {
            using var all = new ZeroedBuffer(TSha.Rounds * sizeof(TVector));
            var vectors = (TVector*)all.Address;
            Sha2<TWord, TSha, TVector, TLanes>.Schedule(block, vectors);
            for (var t = 0; t < TSha.Rounds; t++)
            {
                scheduled[t] = *(TWord*)(vectors + t);
            }
        }
    }
}
