using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MailPass.PowerShell.Tests;

public sealed partial class ManifestTests
{
    private static readonly string _manifest = File.ReadAllText(Path.Combine(Repository.Root, "MailPass.psd1"));

    [Fact]
    public void ItNamesEveryCmdletAndNothingByWildcard()
    {
        Assert.DoesNotContain('*', _manifest);
        Assert.Equal(Cmdlets.Types.Select(Cmdlets.NameOf).Order(StringComparer.Ordinal), Names("CmdletsToExport").Order(StringComparer.Ordinal));
        Assert.Empty(Names("FunctionsToExport"));
        Assert.Empty(Names("AliasesToExport"));
        Assert.Empty(Names("VariablesToExport"));
    }

    [Fact]
    public void ItsVersionIsTheProducts()
    {
        var version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Contains($"ModuleVersion        = '{version}'", _manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void ItRefusesWindowsPowerShell()
    {
        Assert.Matches(@"PowerShellVersion\s*=\s*'7\.6'", _manifest);
        Assert.Equal(["Core"], Names("CompatiblePSEditions"));
    }

    private static IEnumerable<string> Names(string key)
    {
        var list = Regex.Match(_manifest, $@"(?s)\b{key}\s*=\s*@\((.*?)\)");
        Assert.True(list.Success, $"There is no {key}.");
        return Quoted().Matches(list.Groups[1].Value).Select(name => name.Groups[1].Value);
    }

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();
}
