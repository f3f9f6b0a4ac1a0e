using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace MailPass.Stores.Ldap.Protocol;

/// <summary>
/// A search filter (RFC 4515) as a tree. Text from outside becomes the value of a leaf, so it cannot change the meaning of the
/// filter.
/// </summary>
internal abstract record LdapFilter
{
    /// <summary>Matches if all parts match.</summary>
    public sealed record And(IReadOnlyList<LdapFilter> Parts) : LdapFilter;

    /// <summary>Matches if at least one part matches.</summary>
    public sealed record Or(IReadOnlyList<LdapFilter> Parts) : LdapFilter;

    /// <summary>Matches if the part does not match.</summary>
    public sealed record Not(LdapFilter Part) : LdapFilter;

    /// <summary>An attribute has this value.</summary>
    public sealed record Equal(string Attribute, byte[] Value) : LdapFilter
    {
        public Equal(string attribute, string value)
            : this(attribute, Encoding.UTF8.GetBytes(value))
        {
        }
    }

    /// <summary>An attribute has a value.</summary>
    public sealed record Present(string Attribute) : LdapFilter;

    /// <summary>An attribute has a value with these parts in it; if the first or the last is empty, the value may begin or end with anything.</summary>
    public sealed record Like(string Attribute, IReadOnlyList<byte[]> Parts) : LdapFilter;

    /// <summary>Reads a filter of a schema file.</summary>
    /// <param name="text">The filter: <c>(&amp;(objectClass=person)(!(mail=*)))</c>.</param>
    /// <exception cref="FormatException">It is not one that MailPass understands.</exception>
    public static LdapFilter Parse(string text)
    {
        var at = 0;
        var filter = Parse(text, ref at, 0);
        return at == text.Length ? filter : throw new FormatException("there is text after the filter's end");
    }

    /// <summary>Escapes a value for a filter (RFC 4515, section 3).</summary>
    /// <param name="value">The value.</param>
    public static string Escape(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var b in value)
        {
            if (b is > 0x1F and < 0x7F and not ((byte)'(' or (byte)')' or (byte)'*' or (byte)'\\'))
            {
                text.Append((char)b);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\{b:x2}");
            }
        }

        return text.ToString();
    }

    /// <summary>The attributes that it uses.</summary>
    public IEnumerable<string> Attributes => this switch
    {
        And and => and.Parts.SelectMany(part => part.Attributes),
        Or or => or.Parts.SelectMany(part => part.Attributes),
        Not not => not.Part.Attributes,
        Equal equal => [equal.Attribute],
        Present present => [present.Attribute],
        Like like => [like.Attribute],
        _ => [],
    };

    /// <summary>Whether an entry matches, as far as its values were read. Case does not count.</summary>
    /// <param name="entry">The entry.</param>
    public bool Fits(LdapEntry entry) => this switch
    {
        And and => and.Parts.All(part => part.Fits(entry)),
        Or or => or.Parts.Any(part => part.Fits(entry)),
        Not not => !not.Part.Fits(entry),
        Equal equal => entry.Texts(equal.Attribute).Any(value => string.Equals(value, Encoding.UTF8.GetString(equal.Value), StringComparison.OrdinalIgnoreCase)),
        Present present => entry.Values(present.Attribute).Count > 0,
        Like like => entry.Texts(like.Attribute).Any(value => Fits(value, like.Parts)),
        _ => false,
    };

    /// <summary>Encodes it by RFC 4511, section 4.5.1.7.</summary>
    /// <param name="writer">Receives it.</param>
    public void Write(AsnWriter writer)
    {
        switch (this)
        {
            case And and:
                Write(writer, 0, and.Parts);
                break;
            case Or or:
                Write(writer, 1, or.Parts);
                break;
            case Not not:
                Write(writer, 2, [not.Part]);
                break;
            case Equal equal:
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
                {
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(equal.Attribute));
                    writer.WriteOctetString(equal.Value);
                }

                break;
            case Present present:
                writer.WriteOctetString(Encoding.UTF8.GetBytes(present.Attribute), new Asn1Tag(TagClass.ContextSpecific, 7));
                break;
            case Like like:
                WriteLike(writer, like);
                break;
        }
    }

    /// <summary>The filter as RFC 4515 writes it.</summary>
    public sealed override string ToString() => this switch
    {
        And and => $"(&{string.Concat(and.Parts)})",
        Or or => $"(|{string.Concat(or.Parts)})",
        Not not => $"(!{not.Part})",
        Equal equal => $"({equal.Attribute}={Escape(equal.Value)})",
        Present present => $"({present.Attribute}=*)",
        Like like => $"({like.Attribute}={string.Join('*', like.Parts.Select(part => Escape(part)))})",
        _ => string.Empty,
    };

    private static void Write(AsnWriter writer, int tag, IReadOnlyList<LdapFilter> parts)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, tag)))
        {
            foreach (var part in parts)
            {
                part.Write(writer);
            }
        }
    }

    private static void WriteLike(AsnWriter writer, Like like)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(like.Attribute));
            using (writer.PushSequence())
            {
                for (var i = 0; i < like.Parts.Count; i++)
                {
                    if (like.Parts[i].Length > 0)
                    {
                        var tag = i == 0 ? 0 : i == like.Parts.Count - 1 ? 2 : 1;
                        writer.WriteOctetString(like.Parts[i], new Asn1Tag(TagClass.ContextSpecific, tag));
                    }
                }
            }
        }
    }

    private static bool Fits(string value, IReadOnlyList<byte[]> parts)
    {
        var at = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            var part = Encoding.UTF8.GetString(parts[i]);
            var found = i == parts.Count - 1 && part.Length > 0 ? Math.Max(value.Length - part.Length, 0) : value.IndexOf(part, at, StringComparison.OrdinalIgnoreCase);
            if (found < at || (i == 0 && found > 0) || string.Compare(value, found, part, 0, part.Length, StringComparison.OrdinalIgnoreCase) != 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return true;
    }

    private static LdapFilter Parse(string text, ref int at, int depth)
    {
        // Deeper than any filter that a person writes; protects the stack.
        if (depth > 50)
        {
            throw new FormatException("the filter is nested too deeply");
        }

        Expect(text, ref at, '(');
        LdapFilter filter;
        switch (at < text.Length ? text[at] : '\0')
        {
            case '&':
                at++;
                filter = new And(ReadParts(text, ref at, depth));
                break;
            case '|':
                at++;
                filter = new Or(ReadParts(text, ref at, depth));
                break;
            case '!':
                at++;
                filter = new Not(Parse(text, ref at, depth + 1));
                break;
            default:
                filter = Leaf(text, ref at);
                break;
        }

        Expect(text, ref at, ')');
        return filter;
    }

    private static List<LdapFilter> ReadParts(string text, ref int at, int depth)
    {
        var parts = new List<LdapFilter>();
        while (at < text.Length && text[at] == '(')
        {
            parts.Add(Parse(text, ref at, depth + 1));
        }

        return parts.Count > 0 ? parts : throw new FormatException("'&' and '|' need at least one filter after them");
    }

    private static LdapFilter Leaf(string text, ref int at)
    {
        var end = text.IndexOf(')', at);
        var leaf = end < 0 ? throw new FormatException("a ')' is missing") : text[at..end];
        var equals = leaf.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || !leaf[..equals].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or ';'))
        {
            throw new FormatException($"'{leaf}' is not an attribute, '=' and a value");
        }

        at = end;
        var (attribute, value) = (leaf[..equals], leaf[(equals + 1)..]);
        if (value == "*")
        {
            return new Present(attribute);
        }

        var parts = value.Split('*').Select(Unescape).ToArray();
        return parts.Length == 1 ? new Equal(attribute, parts[0]) : new Like(attribute, parts);
    }

    private static byte[] Unescape(string value)
    {
        using var bytes = new MemoryStream();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\')
            {
                var digits = i + 3 <= value.Length && byte.TryParse(value.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b)
                    ? b
                    : throw new FormatException(@"'\' must stand before two hexadecimal digits");
                bytes.WriteByte(digits);
                i += 2;
            }
            else
            {
                var length = char.IsSurrogatePair(value, i) ? 2 : 1;
                bytes.Write(Encoding.UTF8.GetBytes(value.Substring(i, length)));
                i += length - 1;
            }
        }

        return bytes.ToArray();
    }

    private static void Expect(string text, ref int at, char wanted)
    {
        if (at >= text.Length || text[at] != wanted)
        {
            throw new FormatException($"'{wanted}' is missing at character {at + 1}");
        }

        at++;
    }
}
