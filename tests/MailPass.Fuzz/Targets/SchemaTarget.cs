using System.Text;
using MailPass.Stores.Sql;

namespace MailPass.Fuzz.Targets;

/// <summary>Files that describe a mail system's tables.</summary>
public sealed class SchemaTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override string Name => "schema";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } = Resources.Read("MailPass.Schemas.");

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
        ["\"or\":", "\"in\":", "\"notIn\":", "\"join\":", "\"optional\": true", "\"when\":", "domainOf(", ")", "m.", "$.a.b", "\"member\":", "\"always\"", "\"never\"", "\"as-stored\"", "SHA512-CRYPT", "{option}", "null"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        var schema = SchemaReader.Read(Encoding.UTF8.GetString(input), "schema.json");
        Require(schema.Name.Length > 0 && schema.Engines.Count > 0 && schema.Detect.Count > 0, "a schema lacks what every schema has");
        return true;
    }
}
