using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MailPass.PowerShell.Tests;

public sealed partial class ManifestTests
{
    private static readonly string _manifest = File.ReadAllText(Path.Combine(Repository.Root, "MailPass.psd1"));
    private static readonly string _version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    [Fact]
    public void Manifest_exports_exactly_the_cmdlets_and_no_wildcard()
    {
        Assert.DoesNotContain('*', _manifest);
        Assert.Equal(Cmdlets.Types.Select(Cmdlets.NameOf).Order(StringComparer.Ordinal), Names("CmdletsToExport").Order(StringComparer.Ordinal));
        Assert.Empty(Names("FunctionsToExport"));
        Assert.Empty(Names("AliasesToExport"));
        Assert.Empty(Names("VariablesToExport"));
    }

    [Fact]
    public void Manifest_has_the_version_of_the_product()
    {
        Assert.Contains($"ModuleVersion        = '{_version}'", _manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_lead_to_this_version_of_the_project()
    {
        var project = Text("ProjectUri");
        Assert.StartsWith("https://", project, StringComparison.Ordinal);
        foreach (var (key, way) in new[] { ("LicenseUri", "blob"), ("IconUri", "raw"), ("ReleaseNotes", "blob") })
        {
            var start = $"{project}/{way}/v{_version}/";
            Assert.StartsWith(start, Text(key), StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(Repository.Root, Text(key)[start.Length..])), key);
        }
    }

    [Fact]
    public void Changelog_has_the_version()
    {
        Assert.Matches($@"(?m)^## \[{Regex.Escape(_version)}\] - \d{{4}}-\d\d-\d\d\r?$", File.ReadAllText(Path.Combine(Repository.Root, "CHANGELOG.md")));
    }

    [Fact]
    public void Manifest_refuses_Windows_PowerShell()
    {
        Assert.Matches(@"PowerShellVersion\s*=\s*'7\.6'", _manifest);
        Assert.Equal(["Core"], Names("CompatiblePSEditions"));
    }

    private static string Text(string key) => Regex.Match(_manifest, $@"\b{key}\s*=\s*'([^']+)'").Groups[1].Value;

    private static IEnumerable<string> Names(string key)
    {
        var list = Regex.Match(_manifest, $@"(?s)\b{key}\s*=\s*@\((.*?)\)");
        Assert.True(list.Success, $"There is no {key}.");
        return Quoted().Matches(list.Groups[1].Value).Select(name => name.Groups[1].Value);
    }

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();
}
