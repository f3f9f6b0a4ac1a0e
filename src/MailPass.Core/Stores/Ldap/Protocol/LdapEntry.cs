using System.Text;
using System.Text.Unicode;

namespace MailPass.Stores.Ldap.Protocol;

/// <summary>An entry as a search found it.</summary>
/// <param name="dn">Its distinguished name as the server writes it.</param>
/// <param name="attributes">The values that the search asked for and the login may see.</param>
internal sealed class LdapEntry(string dn, IReadOnlyDictionary<string, IReadOnlyList<byte[]>> attributes)
{
    /// <summary>Its distinguished name as the server writes it.</summary>
    public string Dn => dn;

    /// <summary>The values of an attribute; empty if it has none or the login may not see them.</summary>
    public IReadOnlyList<byte[]> Values(string attribute) => attributes.GetValueOrDefault(attribute) ?? [];

    /// <summary>The values that are text.</summary>
    public IEnumerable<string> Texts(string attribute) => Values(attribute).Where(value => Utf8.IsValid(value)).Select(Encoding.UTF8.GetString);

    /// <summary>The first value that is text.</summary>
    public string? Text(string attribute) => Texts(attribute).FirstOrDefault();

    /// <summary>The name alone: values may be hashes.</summary>
    public override string ToString() => dn;
}
