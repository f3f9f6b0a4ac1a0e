using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Changes;

/// <summary>
/// One host's part of a run that several hosts share: <c>3/8</c> is the third of eight. Every mailbox belongs to
/// exactly one part, the same one on every machine and in every version.
/// </summary>
/// <remarks>
/// The part is the first eight bytes of SHA-256 over the address's key in UTF-8, read as a big-endian number, modulo
/// the count. Any machine with <c>sha256sum</c> can compute it too.
/// </remarks>
/// <param name="Index">Which part, 1 to <paramref name="Count"/>.</param>
/// <param name="Count">How many parts there are, 1 or more.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>Reads a part as it is written: <c>3/8</c>.</summary>
    /// <param name="text">The part.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static Shard Parse(string text)
    {
        var parts = (text ?? string.Empty).Split('/');
        if (parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index >= 1
            && index <= count)
        {
            return new Shard(index, count);
        }

        throw new MailPassException(
            ErrorIds.InputInvalid,
            $"'{text}' is not a shard.",
            "Write which part of how many, for example 3/8 for the third of eight.");
    }

    /// <summary>Whether a mailbox belongs to this part.</summary>
    /// <param name="address">The mailbox.</param>
    public bool Contains(MailboxAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return ContainsKey(address.Key);
    }

    /// <summary>Whether a mailbox as it was written belongs to this part; a text that is not a valid address belongs to exactly one part as well, which reports it.</summary>
    /// <param name="identity">The mailbox, right or wrong.</param>
    public bool Contains(string identity) =>
        ContainsKey(MailboxAddress.TryParse(identity, out var address, out _) ? address.Key : (identity ?? string.Empty).Trim());

    /// <summary>As it is written: <c>3/8</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    private bool ContainsKey(string key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), digest);
        return (BinaryPrimitives.ReadUInt64BigEndian(digest) % (ulong)Count) + 1 == (ulong)Index;
    }
}
