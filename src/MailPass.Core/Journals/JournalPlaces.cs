using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Journals;

/// <summary>
/// The place of each mailbox's last record and two notes about it, in some 30 bytes per mailbox: this keeps the memory small when a
/// run of a million mailboxes is resumed.
/// </summary>
/// <remarks>
/// The key is 128 bits of the SHA-256 of the address, so that two mailboxes do not share it. The table uses open addressing in 256
/// segments that grow one at a time, in memory outside the managed heap, as in <see cref="Changes.SeenMailboxes"/>. A finalizer
/// frees it, since a journal that was read is not disposed of. A dictionary would be 100 lines shorter, but a resume of
/// 1,000,000 mailboxes would take 202 MB instead of 151 (of 10,000: 100 and 102).
/// </remarks>
internal sealed unsafe class JournalPlaces
{
    private const int SegmentCount = 256;
    private const int FirstCapacity = 16;
    private const int NoteBits = 2;
    private const long LoggedOut = 1;
    private const long AskedFor = 2;

    private readonly Segment[] _segments = new Segment[SegmentCount];

    ~JournalPlaces()
    {
        foreach (ref readonly var segment in _segments.AsSpan())
        {
            segment.Free();
        }
    }

    /// <summary>How many mailboxes were recorded.</summary>
    public int Count { get; private set; }

    /// <summary>Notes where a mailbox is recorded, and drops what was noted about an earlier record of it.</summary>
    public void Set(MailboxAddress mailbox, long place)
    {
        var slot = Find(mailbox, out var segment);
        if (slot->IsEmpty)
        {
            ref var some = ref _segments[segment];

            // Up to seven eighths full, linear probing stays within a cache line or two.
            if ((some.Count + 1) * 8 > some.Capacity * 7)
            {
                some = some.Grow();
                slot = Find(mailbox, out _);
            }

            *slot = Slot.Of(mailbox);
            some.Count++;
            Count++;
        }

        slot->Value = place << NoteBits;
        GC.KeepAlive(this);
    }

    /// <summary>Notes that a recorded mailbox is logged out.</summary>
    public void NoteLoggedOut(MailboxAddress mailbox)
    {
        var slot = Find(mailbox, out _);
        if (!slot->IsEmpty)
        {
            slot->Value |= LoggedOut;
        }

        GC.KeepAlive(this);
    }

    /// <summary>Finds a mailbox, and notes that it was asked for.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="place">Where it was recorded last.</param>
    /// <param name="isLoggedOut">Whether it was logged out since.</param>
    /// <returns>Whether it was recorded.</returns>
    public bool TryFind(MailboxAddress mailbox, out long place, out bool isLoggedOut)
    {
        var slot = Find(mailbox, out _);
        (place, isLoggedOut) = (slot->Value >> NoteBits, (slot->Value & LoggedOut) != 0);
        var isThere = !slot->IsEmpty;
        if (isThere)
        {
            slot->Value |= AskedFor;
        }

        GC.KeepAlive(this);
        return isThere;
    }

    /// <summary>The places of all mailboxes, in the order of the run.</summary>
    /// <param name="unaskedOnly">Whether to leave out those that <see cref="TryFind"/> was asked for.</param>
    public long[] InOrder(bool unaskedOnly = false)
    {
        var places = new List<long>(unaskedOnly ? 0 : Count);
        foreach (ref readonly var segment in _segments.AsSpan())
        {
            foreach (ref readonly var slot in segment.Slots)
            {
                if (!slot.IsEmpty && !(unaskedOnly && (slot.Value & AskedFor) != 0))
                {
                    places.Add(slot.Value >> NoteBits);
                }
            }
        }

        var ordered = places.ToArray();
        Array.Sort(ordered);
        GC.KeepAlive(this);
        return ordered;
    }

    private Slot* Find(MailboxAddress mailbox, out int segment)
    {
        var slot = Slot.Of(mailbox);
        segment = (int)(slot.Low & (SegmentCount - 1));
        ref var some = ref _segments[segment];
        if (some.Capacity == 0)
        {
            some = new Segment(FirstCapacity);
        }

        return some.Find(slot);
    }

    private struct Slot
    {
        public ulong Low;
        public ulong High;
        public long Value;

        public readonly bool IsEmpty => (Low | High) == 0;

        public static Slot Of(MailboxAddress mailbox)
        {
            const int StackLimit = 1024;
            var longest = Encoding.UTF8.GetMaxByteCount(mailbox.Key.Length);
            var text = longest <= StackLimit ? stackalloc byte[StackLimit] : new byte[longest];
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(text[..Encoding.UTF8.GetBytes(mailbox.Key, text)], digest);

            // Two zeros mark an empty slot.
            return new Slot { Low = BinaryPrimitives.ReadUInt64LittleEndian(digest), High = Math.Max(BinaryPrimitives.ReadUInt64LittleEndian(digest[sizeof(ulong)..]), 1) };
        }
    }

    private struct Segment(int capacity)
    {
        private readonly Slot* _slots = (Slot*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(Slot));

        public int Capacity { get; } = capacity;

        public int Count { get; set; }

        public readonly ReadOnlySpan<Slot> Slots => new(_slots, Capacity);

        /// <summary>The slot of a mailbox, or the empty one where it belongs.</summary>
        public readonly Slot* Find(in Slot mailbox)
        {
            // The low byte selects the segment. The high bits spread evenly over a capacity that is not a power of two.
            var index = (int)Math.BigMul(mailbox.Low, (ulong)Capacity, out _);
            while (!_slots[index].IsEmpty && (_slots[index].Low != mailbox.Low || _slots[index].High != mailbox.High))
            {
                index = index + 1 == Capacity ? 0 : index + 1;
            }

            return _slots + index;
        }

        public readonly Segment Grow()
        {
            var larger = new Segment(Capacity + (Capacity / 4)) { Count = Count };
            foreach (ref readonly var slot in Slots)
            {
                if (!slot.IsEmpty)
                {
                    *larger.Find(slot) = slot;
                }
            }

            Free();
            return larger;
        }

        public readonly void Free() => NativeMemory.Free(_slots);
    }
}
