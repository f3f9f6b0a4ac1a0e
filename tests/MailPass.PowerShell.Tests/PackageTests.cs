using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using MailPass.ModuleBuilder.Packaging;

namespace MailPass.PowerShell.Tests;

public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailpass-package-").FullName;

    [Fact]
    public void TheSameModuleGivesTheSameBytes()
    {
        // A copy made another day, in another place.
        var copy = Path.Combine(_folder, "copy");
        foreach (var file in Directory.GetFiles(Repository.Module, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(Repository.Module, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.WriteAllBytes(to, File.ReadAllBytes(file));
            File.SetLastWriteTimeUtc(to, new DateTime(2031, 5, 6, 7, 8, 9, DateTimeKind.Utc));
        }

        var first = ModulePackages.Build(Repository.Module, Path.Combine(_folder, "first"));
        var second = ModulePackages.Build(copy, Path.Combine(_folder, "second"));
        Assert.Equal(2, first.Count);
        Assert.All(first.Zip(second), pair => Assert.Equal(File.ReadAllBytes(pair.First), File.ReadAllBytes(pair.Second)));
    }

    [Fact]
    public void TheZipUnpacksToAModuleFolder()
    {
        var zip = ModulePackages.Build(Repository.Module, _folder).Single(file => file.EndsWith(".zip", StringComparison.Ordinal));
        ZipFile.ExtractToDirectory(zip, Path.Combine(_folder, "unpacked"));
        Assert.Equal(
            Files(Repository.Module),
            Files(Path.Combine(_folder, "unpacked", "MailPass")));
    }

    [Fact]
    public void TheNupkgSaysWhatTheGalleryLooksFor()
    {
        var nupkg = ModulePackages.Build(Repository.Module, _folder).Single(file => file.EndsWith(".nupkg", StringComparison.Ordinal));
        using var archive = ZipFile.OpenRead(nupkg);
        Assert.NotNull(archive.GetEntry("[Content_Types].xml"));
        Assert.NotNull(archive.GetEntry("_rels/.rels"));
        using var stream = archive.GetEntry("MailPass.nuspec")!.Open();
        XNamespace nuspec = "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd";
        var metadata = XDocument.Load(stream).Root!.Element(nuspec + "metadata")!;
        Assert.Equal("MailPass", metadata.Element(nuspec + "id")!.Value);
        var tags = metadata.Element(nuspec + "tags")!.Value.Split(' ');
        Assert.Contains("PSModule", tags);
        Assert.Contains("PSEdition_Core", tags);
        Assert.All(Cmdlets.Types.Select(Cmdlets.NameOf), name => Assert.Contains("PSCmdlet_" + name, tags));
    }

    [Fact]
    public void OnlyTheShellsOwnAssemblyLiesAtTheTop()
    {
        Assert.Equal(["MailPass.PowerShell.dll"], Directory.GetFiles(Repository.Module, "*.dll").Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Combine(Repository.Module, "lib", "MailPass.Core.deps.json")));
    }

    [Theory]
    [InlineData("win-x64", "e_sqlite3.dll")]
    [InlineData("win-x86", "e_sqlite3.dll")]
    [InlineData("win-arm64", "e_sqlite3.dll")]
    [InlineData("linux-x64", "libe_sqlite3.so")]
    [InlineData("linux-arm64", "libe_sqlite3.so")]
    [InlineData("linux-arm", "libe_sqlite3.so")]
    [InlineData("linux-musl-x64", "libe_sqlite3.so")]
    [InlineData("linux-musl-arm64", "libe_sqlite3.so")]
    [InlineData("osx-x64", "libe_sqlite3.dylib")]
    [InlineData("osx-arm64", "libe_sqlite3.dylib")]
    public void SqliteIsThereForWhatPowerShellRunsOn(string system, string library)
    {
        var inModule = Path.Combine("runtimes", system, "native", library);
        Assert.True(new FileInfo(Path.Combine(Repository.Module, "lib", inModule)).Length > 500_000);
        // The load context finds it by this list alone.
        using var list = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Module, "lib", "MailPass.Core.deps.json")));
        var targets = list.RootElement.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject());
        Assert.Contains(targets, package => package.Value.TryGetProperty("runtimeTargets", out var files) && files.TryGetProperty(inModule.Replace('\\', '/'), out _));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal);
}
