using System.Formats.Asn1;
using System.Text;
using MailPass.Secrets;

namespace MailPass.Stores.Ldap.Protocol;

/// <summary>How far below its base a search looks (RFC 4511, section 4.5.1.2).</summary>
internal enum LdapScope
{
    /// <summary>The base alone.</summary>
    Base = 0,

    /// <summary>The base and everything below it.</summary>
    Subtree = 2,
}

/// <summary>What a modification does to an attribute (RFC 4511, section 4.6).</summary>
internal enum LdapChangeKind
{
    Add = 0,
    Delete = 1,
    Replace = 2,
}

/// <summary>One change of an entry.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Attribute">To which attribute.</param>
/// <param name="Values">Its values; replacing with none removes the attribute.</param>
internal sealed record LdapChange(LdapChangeKind Kind, string Attribute, IReadOnlyList<string> Values);

/// <summary>The operations of RFC 4511 that MailPass asks for, each as the part of a message between its number and its controls.</summary>
internal static class LdapRequests
{
    /// <summary>The extended operation that turns a connection to TLS (RFC 4511, section 4.14).</summary>
    public const string StartTls = "1.3.6.1.4.1.1466.20037";

    /// <summary>A bind with name and password.</summary>
    public static Action<AsnWriter> SimpleBind(string dn, Secret? password) => writer =>
    {
        using (writer.PushSequence(Application(0)))
        {
            writer.WriteInteger(3);
            writer.WriteOctetString(Encoding.UTF8.GetBytes(dn));
            writer.WriteOctetString(password is null ? [] : password.Utf8, Context(0));
        }
    };

    /// <summary>A bind as whom the connection itself shows: the user behind a Unix socket (SASL EXTERNAL, RFC 4422, appendix A).</summary>
    public static Action<AsnWriter> ExternalBind() => writer =>
    {
        using (writer.PushSequence(Application(0)))
        {
            writer.WriteInteger(3);
            writer.WriteOctetString([]);
            using (writer.PushSequence(Context(3)))
            {
                writer.WriteOctetString("EXTERNAL"u8);
                writer.WriteOctetString([]);
            }
        }
    };

    /// <summary>Goodbye.</summary>
    public static void Unbind(AsnWriter writer) => writer.WriteNull(Application(2));

    /// <summary>A search that follows no aliases.</summary>
    public static Action<AsnWriter> Search(string baseDn, LdapScope scope, LdapFilter filter, IEnumerable<string> attributes, int sizeLimit = 0) => writer =>
    {
        using (writer.PushSequence(Application(3)))
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(baseDn));
            writer.WriteEnumeratedValue(scope);
            writer.WriteEnumeratedValue(NeverDereference.Never);
            writer.WriteInteger(sizeLimit);
            writer.WriteInteger(0);
            writer.WriteBoolean(false);
            filter.Write(writer);
            using (writer.PushSequence())
            {
                foreach (var attribute in attributes)
                {
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(attribute));
                }
            }
        }
    };

    /// <summary>A modification, all of it or nothing.</summary>
    public static Action<AsnWriter> Modify(string dn, IReadOnlyList<LdapChange> changes) => writer =>
    {
        using (writer.PushSequence(Application(6)))
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(dn));
            using (writer.PushSequence())
            {
                foreach (var change in changes)
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteEnumeratedValue(change.Kind);
                        using (writer.PushSequence())
                        {
                            writer.WriteOctetString(Encoding.UTF8.GetBytes(change.Attribute));
                            using (writer.PushSetOf())
                            {
                                foreach (var value in change.Values)
                                {
                                    writer.WriteOctetString(Encoding.UTF8.GetBytes(value));
                                }
                            }
                        }
                    }
                }
            }
        }
    };

    /// <summary>An extended operation.</summary>
    public static Action<AsnWriter> Extended(string oid, byte[]? value = null) => writer =>
    {
        using (writer.PushSequence(Application(23)))
        {
            writer.WriteOctetString(Encoding.ASCII.GetBytes(oid), Context(0));
            if (value is not null)
            {
                writer.WriteOctetString(value, Context(1));
            }
        }
    };

    /// <summary>The extended operation that gives an entry a password, which the server hashes (RFC 3062).</summary>
    public const string PasswordModify = "1.3.6.1.4.1.4203.1.11.1";

    /// <summary>A new password for an entry.</summary>
    public static Action<AsnWriter> SetPassword(string dn, Secret password) => writer =>
    {
        using (writer.PushSequence(Application(23)))
        {
            writer.WriteOctetString(Encoding.ASCII.GetBytes(PasswordModify), Context(0));
            using (writer.PushOctetString(Context(1)))
            using (writer.PushSequence())
            {
                writer.WriteOctetString(Encoding.UTF8.GetBytes(dn), Context(0));
                writer.WriteOctetString(password.Utf8, Context(2));
            }
        }
    };

    /// <summary>Encodes a value of its own, for a control or an extended operation.</summary>
    public static byte[] Value(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        write(writer);
        return writer.Encode();
    }

    private enum NeverDereference
    {
        Never = 0,
    }

    /// <summary>A tag of the protocol's own operations.</summary>
    public static Asn1Tag Application(int number) => new(TagClass.Application, number);

    /// <summary>A tag that means something in its place only.</summary>
    public static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);
}
