namespace MailPass.Hashing.Primitives;

/// <summary>A hash function of 32-bit words and blocks of sixteen, in all lanes of a vector: the operations that HMAC and PBKDF2 need.</summary>
internal unsafe interface ILaneHash<TVector>
    where TVector : unmanaged
{
    /// <summary>A digest's length, which is the state's, too.</summary>
    static abstract int DigestWords { get; }

    /// <summary>How many vectors a computation needs for itself; what it leaves there is for the caller to overwrite.</summary>
    static abstract int ScratchVectors { get; }

    /// <summary>Sets all lanes to the initial value.</summary>
    static abstract void Reset(TVector* state);

    /// <summary>Copies a state or a digest.</summary>
    static abstract void Copy(TVector* from, TVector* to);

    /// <summary>Adds one block to the state.</summary>
    static abstract void Compress(TVector* state, TVector* block, TVector* scratch);

    /// <summary>Adds one block each to two states, in turn, so that neither waits for itself.</summary>
    static abstract void Compress(TVector* first, TVector* firstBlock, TVector* second, TVector* secondBlock, TVector* scratch);

    /// <summary>The whole hash of one message by the platform: for work that is done once per password and not in every iteration.</summary>
    static abstract void Hash(ReadOnlySpan<byte> message, Span<byte> digest);
}
