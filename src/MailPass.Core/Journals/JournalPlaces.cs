using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Journals;

/// <summary>
/// Where each mailbox was recorded last, and two notes about it, in some 30 bytes each: a run of a million mailboxes is resumed
/// in flat memory.
/// </summary>
/// <remarks>
/// Kept are 128 bits of the SHA-256 of the address, so that two mailboxes never share them. Open addressing in 256 segments
/// that grow one at a time, in memory from outside the managed heap, as in <see cref="Changes.SeenMailboxes"/>; it goes with the
/// object, since a journal that was read has no end of its own. A dictionary in its place is 100
/// lines shorter, and a resume of 1,000,000 mailboxes then takes 202 MB instead of 151 (of 10,000: 100 and 102).
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

    /// <summary>Notes where a mailbox is recorded; what was noted about an earlier record does not hold for it.</summary>
    public void Set(MailboxAddress mailbox, long place)
    {
        var slot = Find(mailbox, out var segment);
        if (slot->IsEmpty)
        {
            ref var some = ref _segments[segment];

            // Seven eighths full is where linear probing still stays within a cache line or two.
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
    /// <param name="isLoggedOut">Whether it is logged out since.</param>
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
    /// <param name="unaskedOnly">Only of those that <see cref="TryFind"/> has not come to.</param>
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
            // The low byte chose the segment; the high bits spread evenly over a capacity that is not a power of two.
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
