using System.Runtime.CompilerServices;

namespace MailPass.Hashing.Primitives;

/// <summary>bcrypt for four passwords at once, with their instructions interleaved; see <see cref="BcryptPaths"/> for the reason.</summary>
internal static unsafe class BcryptKernel<TBytes>
    where TBytes : struct, IMiddleBytes
{
    private const int Instances = BcryptPaths.Instances;

    // The states follow each other at a fixed distance, so that one register addresses all four.
    private const int Distance = ((Bcrypt.StateWords * sizeof(uint)) + 63) / 64 * 64;

    /// <inheritdoc cref="BcryptCompute"/>
    public static void Compute(in HashBatch batch, int first, int count, int cost)
    {
        using var memory = new ZeroedBuffer((Instances * Distance) + (2 * Instances * Bcrypt.Subkeys * sizeof(uint)));
        var states = memory.Address;
        var keys = (uint*)(states + (Instances * Distance));
        var salts = keys + (Instances * Bcrypt.Subkeys);
        for (var i = 0; i < Instances; i++)
        {
            // Places without a password repeat the last one.
            var member = first + Math.Min(i, count - 1);
            Bcrypt.Begin(batch.Password(member), batch.Salt(member), State(states, i), keys + (i * Bcrypt.Subkeys), salts + (i * Bcrypt.Subkeys));
        }

        for (var i = 1L << cost; i > 0; i--)
        {
            if (i % Bcrypt.RoundsPerLook == 0)
            {
                batch.ThrowIfStopped();
            }

            ExpandKeys(states, keys);
            ExpandKeys(states, salts);
        }

        for (var i = 0; i < count; i++)
        {
            Bcrypt.Finish(State(states, i), batch.Digest(first + i));
        }
    }

    private static uint* State(byte* states, int instance) => (uint*)(states + (instance * Distance));

    // ExpandKey without salt, of four states with a key each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandKeys(byte* states, uint* keys)
    {
        for (var instance = 0; instance < Instances; instance++)
        {
            for (var i = 0; i < Bcrypt.Subkeys; i++)
            {
                State(states, instance)[i] ^= keys[(instance * Bcrypt.Subkeys) + i];
            }
        }

        uint l0 = 0, l1 = 0, l2 = 0, l3 = 0, r0 = 0, r1 = 0, r2 = 0, r3 = 0;
        for (nint at = 0; at < Bcrypt.StateWords * sizeof(uint); at += 2 * sizeof(uint))
        {
            l0 ^= P(states, 0, 0);
            l1 ^= P(states, 1, 0);
            l2 ^= P(states, 2, 0);
            l3 ^= P(states, 3, 0);
            TwoRounds(states, 1, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            TwoRounds(states, 3, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            TwoRounds(states, 5, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            TwoRounds(states, 7, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            TwoRounds(states, 9, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            TwoRounds(states, 11, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            TwoRounds(states, 13, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            TwoRounds(states, 15, ref l0, ref r0, ref l1, ref r1, ref l2, ref r2, ref l3, ref r3);
            Store(states, 0, at, ref l0, ref r0);
            Store(states, 1, at, ref l1, ref r1);
            Store(states, 2, at, ref l2, ref r2);
            Store(states, 3, at, ref l3, ref r3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoRounds(
        byte* states, int round, ref uint l0, ref uint r0, ref uint l1, ref uint r1, ref uint l2, ref uint r2, ref uint l3, ref uint r3)
    {
        r0 = r0 ^ P(states, 0, round) ^ F(states, 0, l0);
        r1 = r1 ^ P(states, 1, round) ^ F(states, 1, l1);
        r2 = r2 ^ P(states, 2, round) ^ F(states, 2, l2);
        r3 = r3 ^ P(states, 3, round) ^ F(states, 3, l3);
        l0 = l0 ^ P(states, 0, round + 1) ^ F(states, 0, r0);
        l1 = l1 ^ P(states, 1, round + 1) ^ F(states, 1, r1);
        l2 = l2 ^ P(states, 2, round + 1) ^ F(states, 2, r2);
        l3 = l3 ^ P(states, 3, round + 1) ^ F(states, 3, r3);
    }

    // The halves change places, and go back into the state.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(byte* states, int instance, nint at, ref uint left, ref uint right)
    {
        (left, right) = (right ^ P(states, instance, 17), left);
        *(uint*)(states + (instance * Distance) + at) = left;
        *(uint*)(states + (instance * Distance) + at + sizeof(uint)) = right;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint P(byte* states, int instance, int round) => *(uint*)(states + (instance * Distance) + (round * sizeof(uint)));

    /// <summary>Blowfish's F: a look-up in each S-box.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint F(byte* states, int instance, uint x) =>
        ((S(states, instance, 0, x >> 24) + S(states, instance, 1, TBytes.Second(x))) ^ S(states, instance, 2, TBytes.Third(x))) + S(states, instance, 3, (byte)x);

    // Written as one addition so that it becomes one address: base + 4 × index + constant.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint S(byte* states, int instance, int box, nuint index) =>
        *(uint*)(states + (instance * Distance) + ((Bcrypt.Subkeys + (256 * box)) * sizeof(uint)) + (index * sizeof(uint)));
}
