using System.Runtime.Intrinsics;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>
/// SHA-2 of password ‖ salt for as many passwords as there are lanes, whatever their lengths, as long as each fits into
/// one block: the salted digests of SSHA512 and SSHA256.
/// </summary>
internal static unsafe class SaltedSha2<TWord, TSha, TVector, TLanes>
    where TWord : unmanaged
    where TSha : struct, ISha2<TWord>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector, TWord>
{
    private const int WordsPerBlock = 16;
    private const int DigestWords = 8;

    /// <summary>The longest message that leaves room for the bit after its end and for its length.</summary>
    private static int LongestMessage => (WordsPerBlock * sizeof(TWord)) - 1 - (2 * sizeof(TWord));

    /// <summary>Computes a batch.</summary>
    /// <returns><see langword="false"/>, with nothing computed, if a message is too long.</returns>
    public static bool TryCompute(in HashBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.Password(i).Length + batch.SaltLength > LongestMessage)
            {
                return false;
            }
        }

        // Two vectors interleaved, while there are enough passwords for both.
        var lanes = sizeof(TVector) / sizeof(TWord);
        using var memory = new ZeroedBuffer(((2 * (DigestWords + WordsPerBlock)) + Sha2<TWord, TSha, TVector, TLanes>.ScratchVectors) * sizeof(TVector));
        var states = (TVector*)memory.Address;
        var blocks = states + (2 * DigestWords);
        var scratch = blocks + (2 * WordsPerBlock);
        for (var first = 0; first < batch.Count; first += 2 * lanes)
        {
            var count = Math.Min(2 * lanes, batch.Count - first);
            LayOut(batch, first, Math.Min(lanes, count), states, blocks);
            if (count > lanes)
            {
                LayOut(batch, first + lanes, count - lanes, states + DigestWords, blocks + WordsPerBlock);
                Sha2<TWord, TSha, TVector, TLanes>.Compress(states, blocks, states + DigestWords, blocks + WordsPerBlock, scratch);
            }
            else
            {
                Sha2<TWord, TSha, TVector, TLanes>.Compress(states, blocks, scratch);
            }

            for (var i = 0; i < count; i++)
            {
                LaneBytes<TWord, TVector>.Get(states + (i / lanes * DigestWords), i % lanes, batch.Digest(first + i));
            }
        }

        return true;
    }

    // Password, salt, the bit behind the end, and the length in bits.
    private static void LayOut(in HashBatch batch, int first, int count, TVector* state, TVector* block)
    {
        Sha2<TWord, TSha, TVector, TLanes>.Reset(state);
        new Span<byte>(block, WordsPerBlock * sizeof(TVector)).Clear();
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        for (var lane = 0; lane < count; lane++)
        {
            var end = LaneBytes<TWord, TVector>.Put(block, lane, 0, batch.Password(first + lane));
            end = LaneBytes<TWord, TVector>.Put(block, lane, end, batch.Salt(first + lane));
            LaneBytes<TWord, TVector>.Put(block, lane, end, [0x80]);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bits, (ulong)end * 8);
            LaneBytes<TWord, TVector>.Put(block, lane, (WordsPerBlock * sizeof(TWord)) - bits.Length, bits);
        }
    }
}

/// <summary>The choice of width.</summary>
internal static class SaltedSha2
{
    public static bool TryCompute512(in HashBatch batch) =>
        Avx512Lanes<ulong>.IsSupported ? SaltedSha2<ulong, Sha512Rules, Vector512<ulong>, Avx512Lanes<ulong>>.TryCompute(batch)
        : Vector256.IsHardwareAccelerated ? SaltedSha2<ulong, Sha512Rules, Vector256<ulong>, Vector256Lanes<ulong>>.TryCompute(batch)
        : SaltedSha2<ulong, Sha512Rules, ulong, ScalarLane<ulong>>.TryCompute(batch);

    public static bool TryCompute256(in HashBatch batch) =>
        Avx512Lanes<uint>.IsSupported ? SaltedSha2<uint, Sha256Rules, Vector512<uint>, Avx512Lanes<uint>>.TryCompute(batch)
        : Vector256.IsHardwareAccelerated ? SaltedSha2<uint, Sha256Rules, Vector256<uint>, Vector256Lanes<uint>>.TryCompute(batch)
        : SaltedSha2<uint, Sha256Rules, uint, ScalarLane<uint>>.TryCompute(batch);
}
