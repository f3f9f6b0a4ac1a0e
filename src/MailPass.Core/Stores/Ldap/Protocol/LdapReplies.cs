using System.Formats.Asn1;
using System.Numerics;
using System.Text;

namespace MailPass.Stores.Ldap.Protocol;

/// <summary>Reads a directory's messages (RFC 4511, section 4.1.1).</summary>
internal static class LdapReplies
{
    /// <summary>The tag of one entry of a search.</summary>
    public const int SearchEntry = 4;

    /// <summary>The tag of a search's end.</summary>
    public const int SearchDone = 5;

    /// <summary>The tag of a reference to another server, which MailPass does not follow.</summary>
    public const int SearchReference = 19;

    // More than any page of entries takes: a server that announces more is broken, or not a directory.
    private const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>The length of the message at the beginning of a buffer.</summary>
    /// <param name="buffer">What was received so far.</param>
    /// <returns>Its length in bytes, or 0 where too little was received to tell.</returns>
    /// <exception cref="InvalidDataException">It is not a directory's message.</exception>
    public static int LengthOf(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length < 2)
        {
            return 0;
        }

        // RFC 4511, section 5.1: only the definite form of length encoding is used.
        var digits = buffer[1] < 0x80 ? 0 : buffer[1] & 0x7F;
        if (buffer[0] != 0x30 || digits > 4 || buffer[1] == 0x80)
        {
            throw new InvalidDataException("What answers there does not speak LDAP.");
        }

        if (buffer.Length < 2 + digits)
        {
            return 0;
        }

        long length = digits == 0 ? buffer[1] : 0;
        for (var i = 0; i < digits; i++)
        {
            length = (length << 8) | buffer[2 + i];
        }

        return length <= MaxBytes ? (int)length + 2 + digits : throw new InvalidDataException("The server announced a message that is too long.");
    }

    /// <summary>Opens a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>Its number, what it is about and a reader of its operation and controls.</returns>
    public static (int Id, int Operation, AsnReader Content) Open(ReadOnlyMemory<byte> message)
    {
        var content = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
        if (!content.TryReadInt32(out var id))
        {
            throw new AsnContentException("A message's number is out of range.");
        }

        var tag = content.PeekTag();
        return tag.TagClass == TagClass.Application ? (id, tag.TagValue, content) : throw new AsnContentException("A message holds no operation.");
    }

    /// <summary>Reads one entry.</summary>
    /// <param name="content">From <see cref="Open"/>, or a control's value.</param>
    /// <param name="isBare">Whether it is in a control, without the operation's tag.</param>
    public static LdapEntry ReadEntry(AsnReader content, bool isBare = false)
    {
        // Servers disagree on whether a control has the tag too (RFC 4527, section 3.2).
        var entry = isBare && content.PeekTag().TagClass is TagClass.Universal ? content.ReadSequence() : content.ReadSequence(LdapRequests.Application(SearchEntry));
        var dn = Text(entry.ReadOctetString());
        var attributes = new Dictionary<string, IReadOnlyList<byte[]>>(StringComparer.OrdinalIgnoreCase);
        var list = entry.ReadSequence();
        while (list.HasData)
        {
            var attribute = list.ReadSequence();
            var name = Text(attribute.ReadOctetString());
            var values = new List<byte[]>();
            var set = attribute.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                values.Add(set.ReadOctetString());
            }

            attributes[name] = values;
        }

        return new LdapEntry(dn, attributes);
    }

    /// <summary>Reads a result.</summary>
    /// <param name="content">From <see cref="Open"/>.</param>
    /// <param name="operation">What it is about.</param>
    public static LdapAnswer ReadResult(AsnReader content, int operation)
    {
        var result = content.ReadSequence(LdapRequests.Application(operation));
        var code = (LdapResultCode)(int)new BigInteger(result.ReadEnumeratedBytes().Span, isBigEndian: true);
        _ = result.ReadOctetString();
        var message = Text(result.ReadOctetString());
        var referrals = new List<string>();
        byte[]? value = null;
        while (result.HasData)
        {
            var tag = result.PeekTag();
            if (tag == LdapRequests.Context(3) || tag == new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true))
            {
                var list = result.ReadSequence(LdapRequests.Context(3));
                while (list.HasData)
                {
                    referrals.Add(Text(list.ReadOctetString()));
                }
            }
            else if (tag == LdapRequests.Context(11))
            {
                value = result.ReadOctetString(tag);
            }
            else
            {
                _ = result.ReadEncodedValue();
            }
        }

        return new LdapAnswer(code, message) { Referrals = referrals, Value = value, Controls = ReadControls(content) };
    }

    private static List<LdapControl> ReadControls(AsnReader content)
    {
        var controls = new List<LdapControl>();
        if (!content.HasData)
        {
            return controls;
        }

        var list = content.ReadSequence(LdapRequests.Context(0));
        while (list.HasData)
        {
            var control = list.ReadSequence();
            var oid = Text(control.ReadOctetString());
            var isCritical = control.HasData && control.PeekTag() == Asn1Tag.Boolean && control.ReadBoolean();
            controls.Add(new LdapControl(oid, isCritical, control.HasData ? control.ReadOctetString() : null));
        }

        return controls;
    }

    private static string Text(byte[] value) => Encoding.UTF8.GetString(value);
}
