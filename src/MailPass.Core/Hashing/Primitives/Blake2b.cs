using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>BLAKE2b without key, RFC 7693; Argon2 hashes its inputs and its last block with it.</summary>
internal unsafe ref struct Blake2b
{
    private const int BlockBytes = 128;

    private fixed ulong _state[8];
    private fixed byte _buffer[BlockBytes];
    private readonly int _digestLength;
    private int _buffered;
    private ulong _total;

    /// <summary>Begins a digest of 1 to 64 bytes.</summary>
    public Blake2b(int digestLength)
    {
        _digestLength = digestLength;
        for (var i = 0; i < 8; i++)
        {
            _state[i] = Iv[i];
        }

        _state[0] ^= 0x01010000u ^ (uint)digestLength;
    }

    /// <summary>RFC 7693 section 2.6: SHA-512's initial values.</summary>
    public static ReadOnlySpan<ulong> Iv =>
    [
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
        0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    ];

    /// <summary>RFC 7693 section 2.7: the message words' order in each round.</summary>
    private static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    public void Append(scoped ReadOnlySpan<byte> data)
    {
        fixed (byte* pinned = _buffer)
        {
            var buffer = new Span<byte>(pinned, BlockBytes);
            while (!data.IsEmpty)
            {
                // The last block is compressed in Finish, so a full buffer waits until more comes.
                if (_buffered == BlockBytes)
                {
                    _total += BlockBytes;
                    Compress(isLast: false);
                    _buffered = 0;
                }

                var taken = Math.Min(BlockBytes - _buffered, data.Length);
                data[..taken].CopyTo(buffer[_buffered..]);
                _buffered += taken;
                data = data[taken..];
            }
        }
    }

    /// <summary>Appends a number as four bytes, least significant first.</summary>
    public void Append(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Append(bytes);
    }

    /// <summary>Writes the digest and overwrites the state.</summary>
    public void Finish(scoped Span<byte> digest)
    {
        fixed (byte* buffer = _buffer)
        fixed (ulong* state = _state)
        {
            _total += (ulong)_buffered;
            new Span<byte>(buffer + _buffered, BlockBytes - _buffered).Clear();
            Compress(isLast: true);
            Span<byte> full = stackalloc byte[64];
            for (var i = 0; i < 8; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(full[(8 * i)..], state[i]);
            }

            full[.._digestLength].CopyTo(digest);
            CryptographicOperations.ZeroMemory(full);
            CryptographicOperations.ZeroMemory(new Span<byte>(buffer, BlockBytes));
            CryptographicOperations.ZeroMemory(new Span<byte>(state, 64));
        }
    }

    // RFC 7693 section 3.2.
    private void Compress(bool isLast)
    {
        Span<ulong> v = stackalloc ulong[16];
        Span<ulong> m = stackalloc ulong[16];
        for (var i = 0; i < 16; i++)
        {
            m[i] = BinaryPrimitives.ReadUInt64LittleEndian(MemoryMarshal.CreateReadOnlySpan(ref _buffer[8 * i], 8));
            v[i] = i < 8 ? _state[i] : Iv[i - 8];
        }

        v[12] ^= _total;
        v[14] ^= isLast ? ulong.MaxValue : 0;
        for (var round = 0; round < 12; round++)
        {
            var s = Sigma.Slice(round % 10 * 16, 16);
            Mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
            Mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
            Mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
            Mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
            Mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
            Mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
            Mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
            Mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
        }

        for (var i = 0; i < 8; i++)
        {
            _state[i] ^= v[i] ^ v[i + 8];
        }

        v.Clear();
        m.Clear();
    }

    // RFC 7693 section 3.1, the function G.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(Span<ulong> v, int a, int b, int c, int d, ulong x, ulong y)
    {
        v[a] = v[a] + v[b] + x;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 32);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 24);
        v[a] = v[a] + v[b] + y;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 63);
    }
}
