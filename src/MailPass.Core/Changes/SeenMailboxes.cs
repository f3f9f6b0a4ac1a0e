using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Changes;

/// <summary>
/// Remembers which mailboxes a run has met, in some 10 bytes each, so that a CSV of a million rows is checked for
/// doubled mailboxes in flat memory.
/// </summary>
/// <remarks>
/// Kept are 64 bits of a SHA-256 over a random key and the address. Two different mailboxes among a million share them
/// with a probability of 3 in 100 million; the second would be refused by name, never changed wrongly. The key is drawn
/// anew each time, so nobody can prepare such a pair.
/// Open addressing in 256 segments that grow one at a time: there is never a moment when old and new table are both whole.
/// </remarks>
internal sealed class SeenMailboxes
{
    private const int SegmentCount = 256;
    private const int FirstCapacity = 16;

    private readonly ulong[]?[] _segments = new ulong[SegmentCount][];
    private readonly int[] _counts = new int[SegmentCount];
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(16);

    /// <summary>Remembers a mailbox.</summary>
    /// <returns><see langword="false"/> where it was remembered already.</returns>
    public bool Add(MailboxAddress address)
    {
        var fingerprint = Fingerprint(address.Key);
        var index = (int)(fingerprint & (SegmentCount - 1));
        var segment = _segments[index] ??= new ulong[FirstCapacity];
        var slot = Find(segment, fingerprint);
        if (segment[slot] == fingerprint)
        {
            return false;
        }

        // Four fifths full is where linear probing is still short; growth by half wastes a third at most.
        if ((_counts[index] + 1) * 5 > segment.Length * 4)
        {
            segment = _segments[index] = Grow(segment);
            slot = Find(segment, fingerprint);
        }

        segment[slot] = fingerprint;
        _counts[index]++;
        return true;
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

    /// <summary>The slot that holds the fingerprint, or the empty one where it belongs.</summary>
    private static int Find(ulong[] segment, ulong fingerprint)
    {
        // The low byte chose the segment; the high bits spread evenly over a capacity that is no power of two.
        var slot = (int)Math.BigMul(fingerprint, (ulong)segment.Length, out _);
        while (segment[slot] != 0 && segment[slot] != fingerprint)
        {
            slot = slot + 1 == segment.Length ? 0 : slot + 1;
        }

        return slot;
    }

    private static ulong[] Grow(ulong[] segment)
    {
        var larger = new ulong[segment.Length + (segment.Length / 2)];
        foreach (var fingerprint in segment)
        {
            if (fingerprint != 0)
            {
                larger[Find(larger, fingerprint)] = fingerprint;
            }
        }

        return larger;
    }
}
