using System.Text;
using MailPass.Stores.Ldap;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Fuzz.Targets;

/// <summary>Files that describe a mail system's entries in a directory, and filters.</summary>
public sealed class DirectorySchemaTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override string Name => "directory-schema";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } = Resources.Read("MailPass.Directories.");

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["(objectClass=*)", "(&", "(|", "(!", "(mail=*@*)", "\\5c", "\\2a", "(a>=b)", "(a:1.2:=b)", ")", "\"in\":", "\"filter\":"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        _ = LdapSchemaReader.Read(Encoding.UTF8.GetString(input), "schema.json");
        return true;
    }
}
