using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Journals;

/// <summary>Where in a journal each mailbox was recorded last, and what was noted about it since.</summary>
/// <remarks>
/// A run has up to millions of mailboxes, so an address is kept as 128 bits of its SHA-256 digest: some 40 bytes each, and two
/// addresses that meet are not to be expected within the age of the universe.
/// </remarks>
internal sealed class JournalPlaces
{
    private const int NoteBits = 2;
    private const long LoggedOut = 1;
    private const long AskedFor = 2;

    private readonly Dictionary<Digest, long> _places = [];

    /// <summary>How many mailboxes were recorded.</summary>
    public int Count => _places.Count;

    /// <summary>Notes where a mailbox is recorded; what was noted about an earlier record does not hold for it.</summary>
    public void Set(MailboxAddress mailbox, long place) => _places[Digest.Of(mailbox)] = place << NoteBits;

    /// <summary>Notes that a recorded mailbox is logged out.</summary>
    public void NoteLoggedOut(MailboxAddress mailbox)
    {
        ref var value = ref CollectionsMarshal.GetValueRefOrNullRef(_places, Digest.Of(mailbox));
        if (!Unsafe.IsNullRef(ref value))
        {
            value |= LoggedOut;
        }
    }

    /// <summary>Finds a mailbox, and notes that it was asked for.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="place">Where it was recorded last.</param>
    /// <param name="isLoggedOut">Whether it is logged out since.</param>
    /// <returns>Whether it was recorded.</returns>
    public bool TryFind(MailboxAddress mailbox, out long place, out bool isLoggedOut)
    {
        ref var value = ref CollectionsMarshal.GetValueRefOrNullRef(_places, Digest.Of(mailbox));
        if (Unsafe.IsNullRef(ref value))
        {
            (place, isLoggedOut) = (0, false);
            return false;
        }

        (place, isLoggedOut) = (value >> NoteBits, (value & LoggedOut) != 0);
        value |= AskedFor;
        return true;
    }

    /// <summary>The places of all mailboxes, in the order of the run.</summary>
    /// <param name="unaskedOnly">Only of those that <see cref="TryFind"/> has not come to.</param>
    public long[] InOrder(bool unaskedOnly = false)
    {
        var places = _places.Values.Where(value => !unaskedOnly || (value & AskedFor) == 0).Select(static value => value >> NoteBits).ToArray();
        Array.Sort(places);
        return places;
    }

    private readonly record struct Digest(ulong Low, ulong High)
    {
        public static Digest Of(MailboxAddress mailbox)
        {
            const int StackLimit = 1024;
            var longest = Encoding.UTF8.GetMaxByteCount(mailbox.Key.Length);
            var text = longest <= StackLimit ? stackalloc byte[StackLimit] : new byte[longest];
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(text[..Encoding.UTF8.GetBytes(mailbox.Key, text)], digest);
            return new Digest(BinaryPrimitives.ReadUInt64LittleEndian(digest), BinaryPrimitives.ReadUInt64LittleEndian(digest[sizeof(ulong)..]));
        }

        public override int GetHashCode() => (int)Low;
    }
}
