using System.Numerics;
using System.Runtime.CompilerServices;

namespace MailPass.Hashing.Primitives;

/// <summary>Argon2's compression function G, RFC 9106 sections 3.5 and 3.6.</summary>
internal static unsafe class Argon2Block
{
    private const int Words = Argon2.BlockBytes / sizeof(ulong);

    /// <summary>result = G(x, y), or result XOR G(x, y).</summary>
    /// <param name="x">The one block.</param>
    /// <param name="y">The other block.</param>
    /// <param name="result">May be <paramref name="x"/> or <paramref name="y"/>.</param>
    /// <param name="xor">Whether the old content of <paramref name="result"/> is added.</param>
    public static void Compress(ulong* x, ulong* y, ulong* result, bool xor)
    {
        var r = stackalloc ulong[Words];
        var z = stackalloc ulong[Words];
        for (var i = 0; i < Words; i++)
        {
            z[i] = r[i] = x[i] ^ y[i];
        }

        // P on each of the eight rows of eight 16-byte registers…
        for (var row = 0; row < 8; row++)
        {
            var v = z + (16 * row);
            Permute(ref v[0], ref v[1], ref v[2], ref v[3], ref v[4], ref v[5], ref v[6], ref v[7], ref v[8], ref v[9], ref v[10], ref v[11], ref v[12], ref v[13], ref v[14], ref v[15]);
        }

        // … then on each of the eight columns.
        for (var column = 0; column < 8; column++)
        {
            var v = z + (2 * column);
            Permute(ref v[0], ref v[1], ref v[16], ref v[17], ref v[32], ref v[33], ref v[48], ref v[49], ref v[64], ref v[65], ref v[80], ref v[81], ref v[96], ref v[97], ref v[112], ref v[113]);
        }

        for (var i = 0; i < Words; i++)
        {
            var sum = z[i] ^ r[i];
            result[i] = xor ? result[i] ^ sum : sum;
        }
    }

    // Section 3.6: a round of BLAKE2b without message, with multiplications added.
    private static void Permute(
        ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ref ulong v4, ref ulong v5, ref ulong v6, ref ulong v7,
        ref ulong v8, ref ulong v9, ref ulong v10, ref ulong v11, ref ulong v12, ref ulong v13, ref ulong v14, ref ulong v15)
    {
        Mix(ref v0, ref v4, ref v8, ref v12);
        Mix(ref v1, ref v5, ref v9, ref v13);
        Mix(ref v2, ref v6, ref v10, ref v14);
        Mix(ref v3, ref v7, ref v11, ref v15);
        Mix(ref v0, ref v5, ref v10, ref v15);
        Mix(ref v1, ref v6, ref v11, ref v12);
        Mix(ref v2, ref v7, ref v8, ref v13);
        Mix(ref v3, ref v4, ref v9, ref v14);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong a, ref ulong b, ref ulong c, ref ulong d)
    {
        a = MultiplyAdd(a, b);
        d = BitOperations.RotateRight(d ^ a, 32);
        c = MultiplyAdd(c, d);
        b = BitOperations.RotateRight(b ^ c, 24);
        a = MultiplyAdd(a, b);
        d = BitOperations.RotateRight(d ^ a, 16);
        c = MultiplyAdd(c, d);
        b = BitOperations.RotateRight(b ^ c, 63);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyAdd(ulong a, ulong b) => a + b + (2 * (ulong)(uint)a * (uint)b);
}
