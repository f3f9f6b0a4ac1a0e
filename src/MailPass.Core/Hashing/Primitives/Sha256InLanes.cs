using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MailPass.Hashing.Primitives.Lanes;

namespace MailPass.Hashing.Primitives;

/// <summary>SHA-256, which <see cref="Sha2{TWord, TSha, TVector, TLanes}"/> computes.</summary>
internal readonly unsafe struct Sha256InLanes<TVector, TLanes> : ILaneHash<TVector>
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector, uint>
{
    public static int DigestWords => 8;

    public static int ScratchVectors => Sha2<uint, Sha256Rules, TVector, TLanes>.ScratchVectors;

    public static void Reset(TVector* state) => Sha2<uint, Sha256Rules, TVector, TLanes>.Reset(state);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(TVector* from, TVector* to) => Sha2<uint, Sha256Rules, TVector, TLanes>.CopyEight(from, to);

    public static void Compress(TVector* state, TVector* block, TVector* scratch) =>
        Sha2<uint, Sha256Rules, TVector, TLanes>.Compress(state, block, scratch);

    public static void Compress(TVector* first, TVector* firstBlock, TVector* second, TVector* secondBlock, TVector* scratch) =>
        Sha2<uint, Sha256Rules, TVector, TLanes>.Compress(first, firstBlock, second, secondBlock, scratch);

    public static void Hash(ReadOnlySpan<byte> message, Span<byte> digest) => SHA256.HashData(message, digest);
}
