using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MailPass.Lab.Processes;

namespace MailPass.PowerShell.Tests;

public sealed partial class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailpass-package-").FullName;

    [Fact]
    public async Task Pack_twice_gives_the_same_bytes()
    {
        var first = await PackAsync("first");
        var second = await PackAsync("second");
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [Fact]
    public async Task Nupkg_has_the_module_and_the_tags_of_its_cmdlets()
    {
        using var archive = ZipFile.OpenRead(await PackAsync("read"));
        Assert.Equal(
            Files(Repository.Module),
            archive.Entries.Select(entry => entry.FullName).Where(name => !name.StartsWith("package/", StringComparison.Ordinal) && name is not ("_rels/.rels" or "MailPass.nuspec" or "[Content_Types].xml"))
                .Order(StringComparer.Ordinal));

        using var stream = archive.GetEntry("MailPass.nuspec")!.Open();
        XNamespace nuspec = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
        var metadata = XDocument.Load(stream).Root!.Element(nuspec + "metadata")!;
        Assert.Equal("MailPass", metadata.Element(nuspec + "id")!.Value);
        Assert.Contains($"ModuleVersion        = '{metadata.Element(nuspec + "version")!.Value}'", File.ReadAllText(Path.Combine(Repository.Module, "MailPass.psd1")), StringComparison.Ordinal);
        var tags = metadata.Element(nuspec + "tags")!.Value.Split(' ');
        Assert.Equal("docs/pictures/icon.png", metadata.Element(nuspec + "icon")!.Value);
        Assert.NotNull(archive.GetEntry("docs/pictures/icon.png"));
        Assert.All(["projectUrl", "releaseNotes", "iconUrl"], name => Assert.StartsWith("https://", metadata.Element(nuspec + name)!.Value, StringComparison.Ordinal));
        Assert.Contains("PSModule", tags);
        Assert.Contains("PSEdition_Core", tags);
        Assert.All(Cmdlets.Types.Select(Cmdlets.NameOf), name => Assert.Contains("PSCmdlet_" + name, tags));
    }

    [Fact]
    public void Top_folder_has_only_the_assembly_of_the_cmdlets()
    {
        Assert.Equal(["MailPass.PowerShell.dll"], Directory.GetFiles(Repository.Module, "*.dll").Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Combine(Repository.Module, "lib", "MailPass.Core.deps.json")));
    }

    [Theory]
    [InlineData("win-x64", "e_sqlite3.dll")]
    [InlineData("linux-x64", "libe_sqlite3.so")]
    [InlineData("linux-arm64", "libe_sqlite3.so")]
    public void Module_brings_SQLite(string system, string library)
    {
        var inModule = Path.Combine("runtimes", system, "native", library);
        Assert.True(new FileInfo(Path.Combine(Repository.Module, "lib", inModule)).Length > 500_000);
        // The load context finds it only by this list.
        using var list = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Module, "lib", "MailPass.Core.deps.json")));
        var targets = list.RootElement.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject());
        Assert.Contains(targets, package => package.Value.TryGetProperty("runtimeTargets", out var files) && files.TryGetProperty(inModule.Replace('\\', '/'), out _));
    }

    [Fact]
    public void Module_has_no_needless_files()
    {
        Assert.DoesNotContain(Directory.GetDirectories(Repository.Module, "*", SearchOption.AllDirectories), folder => Directory.GetFileSystemEntries(folder).Length == 0);
        Assert.Empty(Directory.GetFiles(Repository.Module, "*.pdb", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(Repository.Module, "*.resources.dll", SearchOption.AllDirectories));
        var size = new DirectoryInfo(Repository.Module).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        // A Debug build has its symbols in its assemblies.
        Assert.InRange(size, 1, Repository.Configuration == "Release" ? 13_000_000 : 14_500_000);
    }

    [Fact]
    public void Module_has_the_manual_and_its_links_work()
    {
        foreach (var page in Directory.GetFiles(Repository.Module, "*.md", SearchOption.AllDirectories))
        {
            foreach (var link in PageLink().Matches(File.ReadAllText(page)).Select(link => link.Groups[1].Value).Where(IsOfTheManual))
            {
                var target = Path.Combine(Path.GetDirectoryName(page)!, link.TrimEnd('/'));
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{page} leads to {link}.");
            }
        }

        // Pages about the sources are only in the repository.
        static bool IsOfTheManual(string link) => link.EndsWith(".md", StringComparison.Ordinal)
            && !link.EndsWith("CONTRIBUTING.md", StringComparison.Ordinal) && !link.Contains("bench/", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\]\(([^)#: ]+)")]
    private static partial Regex PageLink();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> PackAsync(string name)
    {
        var output = Path.Combine(_folder, name);
        var run = await Command.TryAsync(
            PowerShellTool.Program,
            ["pack", Path.Combine(Repository.Root, "src", "MailPass.PowerShell"), "--configuration", Repository.Configuration, "--no-build", "--output", output, "--nologo"]);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        return Directory.GetFiles(output, "*.nupkg").Single();
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal);
}
