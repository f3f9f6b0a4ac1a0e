using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace MailPass.ModuleBuilder.Packaging;

/// <summary>
/// Packs a module's folder into a nupkg for the PowerShell Gallery and into a zip to unpack by hand. The same folder gives
/// the same bytes, whenever and wherever: entries in ordinal order, one fixed time, one fixed mode.
/// </summary>
internal static partial class ModulePackages
{
    // The first moment that a zip can hold.
    private static readonly DateTimeOffset _time = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int RegularFileReadableByAll = 0b1000_000_110_100_100 << 16;

    /// <summary>Makes both packages.</summary>
    /// <param name="module">The module's folder.</param>
    /// <param name="output">Where they go.</param>
    /// <returns>The files made.</returns>
    /// <exception cref="InvalidDataException">The manifest lacks something.</exception>
    public static IReadOnlyList<string> Build(string module, string output)
    {
        module = Path.TrimEndingDirectorySeparator(Path.GetFullPath(module));
        var manifest = File.ReadAllText(Path.Combine(module, "MailPass.psd1"));
        var version = Value(manifest, "ModuleVersion");
        Directory.CreateDirectory(output);
        var files = Directory.GetFiles(module, "*", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(module, file).Replace('\\', '/'), Bytes: File.ReadAllBytes(file)))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToList();

        var zip = Path.Combine(output, $"MailPass-{version}.zip");
        Write(zip, files.Select(file => ("MailPass/" + file.Name, file.Bytes)));
        var nupkg = Path.Combine(output, $"MailPass.{version}.nupkg");
        Write(nupkg, PackageParts(manifest, version, files).Concat(files));
        return [nupkg, zip];
    }

    private static void Write(string path, IEnumerable<(string Name, byte[] Bytes)> files)
    {
        using var stream = File.Create(path);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach (var (name, bytes) in files)
        {
            var entry = archive.CreateEntry(name, CompressionLevel.SmallestSize);
            entry.LastWriteTime = _time;
            entry.ExternalAttributes = RegularFileReadableByAll;
            using var content = entry.Open();
            content.Write(bytes);
        }
    }

    /// <summary>What makes a zip a NuGet package: Open Packaging Conventions (ECMA-376 part 2) and the nuspec.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> PackageParts(string manifest, string version, IReadOnlyList<(string Name, byte[] Bytes)> files)
    {
        var nuspec = Nuspec(manifest, version);

        // NuGet draws a random name for this part; here it follows from what is in the package.
        var digest = SHA256.HashData([.. files.SelectMany(file => SHA256.HashData(file.Bytes)), .. nuspec]);
        var properties = $"package/services/metadata/core-properties/{Convert.ToHexString(digest)[..32]}.psmdcp";
        XNamespace relationships = "http://schemas.openxmlformats.org/package/2006/relationships";
        yield return ("_rels/.rels", Xml(new XElement(
            relationships + "Relationships",
            Relationship("http://schemas.microsoft.com/packaging/2010/07/manifest", "/MailPass.nuspec", "R1"),
            Relationship("http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", "/" + properties, "R2"))));
        yield return ("MailPass.nuspec", nuspec);
        XNamespace types = "http://schemas.openxmlformats.org/package/2006/content-types";
        var extensions = files.Select(file => Path.GetExtension(file.Name).TrimStart('.')).Where(extension => extension.Length > 0)
            .Append("nuspec").Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal);
        yield return ("[Content_Types].xml", Xml(new XElement(
            types + "Types",
            new XElement(types + "Default", new XAttribute("Extension", "rels"), new XAttribute("ContentType", "application/vnd.openxmlformats-package.relationships+xml")),
            new XElement(types + "Default", new XAttribute("Extension", "psmdcp"), new XAttribute("ContentType", "application/vnd.openxmlformats-package.core-properties+xml")),
            extensions.Select(extension => new XElement(types + "Default", new XAttribute("Extension", extension), new XAttribute("ContentType", "application/octet"))),
            files.Where(file => Path.GetExtension(file.Name).Length == 0)
                .Select(file => new XElement(types + "Override", new XAttribute("PartName", "/" + file.Name), new XAttribute("ContentType", "application/octet"))))));
        XNamespace core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties";
        XNamespace dc = "http://purl.org/dc/elements/1.1/";
        yield return (properties, Xml(new XElement(
            core + "coreProperties",
            new XAttribute(XNamespace.Xmlns + "dc", dc),
            new XElement(dc + "creator", Value(manifest, "Author")),
            new XElement(dc + "description", Value(manifest, "Description")),
            new XElement(dc + "identifier", "MailPass"),
            new XElement(core + "version", version),
            new XElement(core + "keywords", Tags(manifest)))));

        XElement Relationship(string type, string target, string id) =>
            new(relationships + "Relationship", new XAttribute("Type", type), new XAttribute("Target", target), new XAttribute("Id", id));
    }

    private static byte[] Nuspec(string manifest, string version)
    {
        XNamespace nuspec = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
        return Xml(new XElement(nuspec + "package", new XElement(
            nuspec + "metadata",
            new XElement(nuspec + "id", "MailPass"),
            new XElement(nuspec + "version", version),
            new XElement(nuspec + "authors", Value(manifest, "Author")),
            new XElement(nuspec + "owners", Value(manifest, "CompanyName")),
            new XElement(nuspec + "requireLicenseAcceptance", "false"),
            new XElement(nuspec + "licenseUrl", Value(manifest, "LicenseUri")),
            new XElement(nuspec + "description", Value(manifest, "Description")),
            new XElement(nuspec + "copyright", Value(manifest, "Copyright")),
            new XElement(nuspec + "tags", Tags(manifest)))));
    }

    /// <summary>The manifest's tags and those by which the Gallery finds cmdlets.</summary>
    private static string Tags(string manifest)
    {
        var cmdlets = List(manifest, "CmdletsToExport");
        return string.Join(' ', List(manifest, "Tags").Append("PSModule").Append("PSIncludes_Cmdlet")
            .Concat(cmdlets.Select(name => "PSCmdlet_" + name)).Concat(cmdlets.Select(name => "PSCommand_" + name)));
    }

    private static byte[] Xml(XElement root)
    {
        using var bytes = new MemoryStream();
        using (var writer = XmlWriter.Create(bytes, new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) }))
        {
            root.Save(writer);
        }

        return bytes.ToArray();
    }

    private static string Value(string manifest, string key) =>
        Regex.Match(manifest, string.Create(CultureInfo.InvariantCulture, $@"(?m)^\s*{key}\s*=\s*'((?:[^']|'')*)'")) is { Success: true } found
            ? found.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal)
            : throw new InvalidDataException($"MailPass.psd1 has no {key}.");

    private static List<string> List(string manifest, string key) =>
        Regex.Match(manifest, string.Create(CultureInfo.InvariantCulture, $@"(?ms)^\s*{key}\s*=\s*@\((.*?)\)")) is { Success: true } found
            ? [.. Item().Matches(found.Groups[1].Value).Select(item => item.Groups[1].Value)]
            : throw new InvalidDataException($"MailPass.psd1 has no {key}.");

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Item();
}
