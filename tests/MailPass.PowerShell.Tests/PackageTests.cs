using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using MailPass.Lab.Processes;

namespace MailPass.PowerShell.Tests;

public sealed class PackageTests : IDisposable
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
    public async Task Nupkg_holds_the_module_and_the_tags_of_its_cmdlets()
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
