using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>
/// bcrypt: Provos and Mazières, "A Future-Adaptable Password Scheme" (USENIX 1999), in the corrected form that OpenBSD
/// writes as <c>$2b$</c> and crypt_blowfish as <c>$2y$</c>. Nearly all of its time goes into expanding keys, which
/// <see cref="BcryptKernel{TBytes}"/> does for four passwords at once.
/// </summary>
internal static unsafe class Bcrypt
{
    public const int SaltBytes = 16;
    public const int DigestBytes = 23;
    public const int MaxPasswordBytes = 72;

    /// <summary>The number of key expansions between two checks for a stop: some 50 milliseconds.</summary>
    public const int RoundsPerLook = 256;

    /// <summary>Blowfish's subkeys P.</summary>
    public const int Subkeys = 18;

    /// <summary>P, followed by the four S-boxes: Blowfish's whole state.</summary>
    public const int StateWords = Subkeys + (4 * 256);

    /// <summary>Computes a whole batch.</summary>
    /// <param name="batch">Passwords of which 72 bytes at most count, salts of 16 bytes, digests of 23 bytes: no implementation writes the 24th byte of the ciphertext.</param>
    /// <param name="cost">log₂ of the number of key expansions, 4 to 31.</param>
    public static void Compute(in HashBatch batch, int cost)
    {
        for (var first = 0; first < batch.Count; first += BcryptPaths.Instances)
        {
            var count = Math.Min(BcryptPaths.Instances, batch.Count - first);
            if (count == 1)
            {
                ComputeOne(batch, first, cost);
            }
            else
            {
                BcryptPaths.Best(batch, first, count, cost);
            }
        }
    }

    /// <summary>Computes a single digest.</summary>
    public static void ComputeOne(in HashBatch batch, int index, int cost)
    {
        using var memory = new ZeroedBuffer((StateWords + Subkeys + Subkeys) * sizeof(uint));
        var state = (uint*)memory.Address;
        var key = state + StateWords;
        var salt = key + Subkeys;
        Begin(batch.Password(index), batch.Salt(index), state, key, salt);
        for (var i = 1L << cost; i > 0; i--)
        {
            if (i % RoundsPerLook == 0)
            {
                batch.ThrowIfStopped();
            }

            ExpandKey(state, key, null);
            ExpandKey(state, salt, null);
        }

        Finish(state, batch.Digest(index));
    }

    /// <summary>EksBlowfishSetup up to its loop.</summary>
    /// <param name="password">The password.</param>
    /// <param name="saltBytes">The salt.</param>
    /// <param name="state">Becomes the state.</param>
    /// <param name="key">Becomes the password's 18 words.</param>
    /// <param name="salt">Becomes the salt's 18 words.</param>
    public static void Begin(ReadOnlySpan<byte> password, ReadOnlySpan<byte> saltBytes, uint* state, uint* key, uint* salt)
    {
        CyclicWords(password, terminated: true, new Span<uint>(key, Subkeys));
        CyclicWords(saltBytes, terminated: false, new Span<uint>(salt, Subkeys));
        BlowfishPi.Words.CopyTo(new Span<uint>(state, StateWords));
        ExpandKey(state, key, salt);
    }

    /// <summary>The magic text, encrypted 64 times in ECB mode.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(uint* state, Span<byte> digest)
    {
        Span<byte> ciphertext = stackalloc byte[24];
        for (var block = 0; block < 3; block++)
        {
            var left = BinaryPrimitives.ReadUInt32BigEndian("OrpheanBeholderScryDoubt"u8[(8 * block)..]);
            var right = BinaryPrimitives.ReadUInt32BigEndian("OrpheanBeholderScryDoubt"u8[((8 * block) + 4)..]);
            for (var i = 0; i < 64; i++)
            {
                Encrypt(state, ref left, ref right);
            }

            BinaryPrimitives.WriteUInt32BigEndian(ciphertext[(8 * block)..], left);
            BinaryPrimitives.WriteUInt32BigEndian(ciphertext[((8 * block) + 4)..], right);
        }

        ciphertext[..DigestBytes].CopyTo(digest);
        CryptographicOperations.ZeroMemory(ciphertext);
    }

    // ExpandKey: the key is mixed into the subkeys, then the whole state is replaced by chained encryptions, of the
    // salt's halves in turn if there is one, of zeros otherwise.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandKey(uint* state, uint* key, uint* salt)
    {
        for (var i = 0; i < Subkeys; i++)
        {
            state[i] ^= key[i];
        }

        uint left = 0, right = 0;
        for (var i = 0; i < StateWords; i += 2)
        {
            if (salt is not null)
            {
                left ^= salt[i & 2];
                right ^= salt[(i & 2) + 1];
            }

            Encrypt(state, ref left, ref right);
            state[i] = left;
            state[i + 1] = right;
        }
    }

    // Blowfish with its 16 rounds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Encrypt(uint* state, ref uint left, ref uint right)
    {
        uint l = left ^ state[0], r = right;
        TwoRounds(state, 1, ref l, ref r);
        TwoRounds(state, 3, ref l, ref r);
        TwoRounds(state, 5, ref l, ref r);
        TwoRounds(state, 7, ref l, ref r);
        TwoRounds(state, 9, ref l, ref r);
        TwoRounds(state, 11, ref l, ref r);
        TwoRounds(state, 13, ref l, ref r);
        TwoRounds(state, 15, ref l, ref r);
        (left, right) = (r ^ state[17], l);
    }

    // An instance waits only for the look-ups, so everything that they do not depend on comes first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoRounds(uint* state, int round, ref uint l, ref uint r)
    {
        r = r ^ state[round] ^ BcryptKernel<FieldBytes>.F((byte*)state, 0, l);
        l = l ^ state[round + 1] ^ BcryptKernel<FieldBytes>.F((byte*)state, 0, r);
    }

    // Bytes repeated until 18 words are full, most significant first; a password includes its terminating NUL.
    private static void CyclicWords(ReadOnlySpan<byte> bytes, bool terminated, Span<uint> words)
    {
        var length = bytes.Length + (terminated ? 1 : 0);
        var position = 0;
        foreach (ref var word in words)
        {
            for (var i = 0; i < 4; i++)
            {
                word = (word << 8) | (position < bytes.Length ? bytes[position] : 0u);
                position = position + 1 == length ? 0 : position + 1;
            }
        }
    }
}
