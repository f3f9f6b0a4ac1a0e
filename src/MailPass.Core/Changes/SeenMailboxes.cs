using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Changes;

/// <summary>
/// Remembers which mailboxes a run has met, in some 10 bytes each, so that checking a CSV of a million rows for duplicate
/// mailboxes takes little memory.
/// </summary>
/// <remarks>
/// It keeps 64 bits of a SHA-256 over a random key and the address. The probability that any two of a million mailboxes share
/// them is 3 in 100 million; the second one would be refused by name, not changed wrongly. The key is drawn anew each time,
/// so nobody can prepare such a pair.
/// The table uses open addressing in 256 segments that grow one at a time, so old and new table never exist in full together.
/// The segments are outside the managed heap, so an outgrown one is freed at once and does not wait for a collection of the
/// oldest generation.
/// </remarks>
internal sealed unsafe class SeenMailboxes : IDisposable
{
    private const int SegmentCount = 256;
    private const int FirstCapacity = 16;

    private readonly Segment[] _segments = new Segment[SegmentCount];
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(16);

    /// <summary>Remembers a mailbox.</summary>
    /// <returns><see langword="false"/> if it was remembered already.</returns>
    public bool Add(MailboxAddress address)
    {
        var fingerprint = Fingerprint(address.Key);
        ref var segment = ref _segments[fingerprint & (SegmentCount - 1)];
        if (segment.Capacity == 0)
        {
            segment = new Segment(FirstCapacity);
        }

        if (*segment.Find(fingerprint) == fingerprint)
        {
            return false;
        }

        // Up to seven eighths full, linear probing stays within a cache line or two. Growth by a quarter wastes little, and costs a
        // few more copies of a few thousand numbers.
        if ((segment.Count + 1) * 8 > segment.Capacity * 7)
        {
            segment = segment.Grow();
        }

        *segment.Find(fingerprint) = fingerprint;
        segment.Count++;
        return true;
    }

    public void Dispose()
    {
        foreach (ref var segment in _segments.AsSpan())
        {
            segment.Free();
            segment = default;
        }
    }

    private ulong Fingerprint(string key)
    {
        const int StackLimit = 1024;
        var length = _key.Length + Encoding.UTF8.GetMaxByteCount(key.Length);
        var buffer = length <= StackLimit ? stackalloc byte[StackLimit] : new byte[length];
        _key.CopyTo(buffer);
        var used = _key.Length + Encoding.UTF8.GetBytes(key, buffer[_key.Length..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer[..used], digest);

        // 0 marks an empty slot.
        return Math.Max(BinaryPrimitives.ReadUInt64LittleEndian(digest), 1);
    }

    private struct Segment(int capacity)
    {
        private readonly ulong* _slots = (ulong*)NativeMemory.AllocZeroed((nuint)capacity, sizeof(ulong));

        public int Capacity { get; } = capacity;

        public int Count { get; set; }

        /// <summary>The slot that has the fingerprint, or the empty one where it belongs.</summary>
        public readonly ulong* Find(ulong fingerprint)
        {
            // The low byte selects the segment. The high bits spread evenly over a capacity that is not a power of two.
            var slot = (int)Math.BigMul(fingerprint, (ulong)Capacity, out _);
            while (_slots[slot] != 0 && _slots[slot] != fingerprint)
            {
                slot = slot + 1 == Capacity ? 0 : slot + 1;
            }

            return _slots + slot;
        }

        public readonly Segment Grow()
        {
            var larger = new Segment(Capacity + (Capacity / 4)) { Count = Count };
            foreach (var fingerprint in new ReadOnlySpan<ulong>(_slots, Capacity))
            {
                if (fingerprint != 0)
                {
                    *larger.Find(fingerprint) = fingerprint;
                }
            }

            Free();
            return larger;
        }

        public readonly void Free() => NativeMemory.Free(_slots);
    }
}
