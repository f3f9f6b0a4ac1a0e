using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection.PortableExecutable;
using MailPass.Lab.Processes;

namespace MailPass.Cli.Tests.Packages;

/// <summary><c>mailpass</c> as people get it: a .NET tool, an archive, a Debian package.</summary>
public sealed class PackagesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Tool_installs_compiled_ahead_and_works()
    {
        var source = Built.Get("tool", "Tool");
        var tools = _folder.Path("tools");
        var home = Directory.CreateDirectory(_folder.Path("home")).FullName;
        var dotnet = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";
        await Command.RunAsync(
            dotnet,
            ["tool", "install", "mailpass", "--tool-path", tools, "--source", source, "--version", Built.Version],
            environment: new Dictionary<string, string> { ["DOTNET_CLI_HOME"] = home, ["HOME"] = home, ["NUGET_PACKAGES"] = _folder.Path("packages"), ["DOTNET_ROOT"] = Path.GetDirectoryName(dotnet) ?? string.Empty });
        await Built.WorksAsync(Path.Combine(tools, OperatingSystem.IsWindows() ? "mailpass.exe" : "mailpass"), [], Directory.CreateDirectory(_folder.Path("work")).FullName);

        var program = Directory.GetFiles(tools, "MailPass.Core.dll", SearchOption.AllDirectories).Single();
        using var reader = new PEReader(File.OpenRead(program));
        Assert.NotEqual(0, reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
    }

    [SkippableTheory]
    [InlineData("linux-x64", null)]
    [InlineData("linux-arm64", "qemu-aarch64-static")]
    [InlineData("win-x64", null)]
    public async Task Archive_has_all_that_the_program_needs(string runtime, string? emulator)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The archives are made and tried on Linux.");
        var archive = Built.Get($"mailpass-{Built.Version}-{runtime}{(runtime.StartsWith("win", StringComparison.Ordinal) ? ".zip" : ".tar.gz")}", "Archives");
        Skip.If(emulator is not null && !Built.Has(emulator), $"{emulator} is not installed.");
        var unpacked = Directory.CreateDirectory(_folder.Path("unpacked")).FullName;
        if (archive.EndsWith(".zip", StringComparison.Ordinal))
        {
            await ZipFile.ExtractToDirectoryAsync(archive, unpacked);
        }
        else
        {
            await using var stream = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
            await TarFile.ExtractToDirectoryAsync(stream, unpacked, overwriteFiles: false);
        }

        var folder = Directory.GetDirectories(unpacked).Single();
        Assert.Equal($"mailpass-{Built.Version}-{runtime}", Path.GetFileName(folder));
        Assert.True(File.Exists(Path.Combine(folder, "docs", "cli.md")) && File.Exists(Path.Combine(folder, "LICENSE")));
        if (runtime.StartsWith("win", StringComparison.Ordinal))
        {
            // The very program that runs its demo in WindowsTests.
            Assert.Equal(await File.ReadAllBytesAsync(Built.Get("publish/win-x64/mailpass.exe", "Archives")), await File.ReadAllBytesAsync(Path.Combine(folder, "mailpass.exe")));
            Assert.True(File.Exists(Path.Combine(folder, "e_sqlite3.dll")));
            return;
        }

        var program = Path.Combine(folder, "mailpass");
        var work = Directory.CreateDirectory(_folder.Path("work")).FullName;
        await (emulator is null ? Built.WorksAsync(program, [], work) : Built.WorksAsync(emulator, [program], work));
    }

    [SkippableFact]
    public async Task Debian_package_installs_works_and_is_purged()
    {
        Skip.IfNot(Built.Has("dpkg"), "dpkg is not installed.");
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root installs packages.");
        var package = Built.Get($"mailpass_{Built.Version}-1_amd64.deb", "Debian");

        // In its own root, with an empty database of packages; its dependencies are checked on this machine below.
        var root = _folder.Path("root");
        foreach (var part in new[] { "updates", "info", "triggers" })
        {
            Directory.CreateDirectory(Path.Combine(root, "var/lib/dpkg", part));
        }

        File.WriteAllText(Path.Combine(root, "var/lib/dpkg/status"), string.Empty);
        await Command.RunAsync("dpkg", ["--root=" + root, "--force-depends", "--install", package]);
        var files = (await Command.RunAsync("dpkg", ["--root=" + root, "--listfiles", "mailpass"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("/usr/bin/mailpass", files);
        Assert.DoesNotContain(files, file => file.Contains("sqlite3", StringComparison.Ordinal));
        await Built.WorksAsync(Path.Combine(root, "usr/bin/mailpass"), [], Directory.CreateDirectory(_folder.Path("work")).FullName);

        if (Built.Has("bash"))
        {
            // As an interactive shell would do it: "mailpass re" and the tabulator.
            var completed = await Command.RunAsync(
                "bash",
                ["-c", $"PATH={root}/usr/bin:$PATH; . {root}/usr/share/bash-completion/completions/mailpass; COMP_LINE='mailpass re'; COMP_POINT=11; COMP_WORDS=(mailpass re); COMP_CWORD=1; _mailpass; echo ${{COMPREPLY[@]}}"]);
            Assert.Contains("reset", completed, StringComparison.Ordinal);
        }

        var page = Path.Combine(root, "usr/share/man/man1/mailpass.1.gz");
        if (Built.Has("man"))
        {
            var shown = await Command.TryAsync("man", ["--warnings", "--local-file", page], environment: new Dictionary<string, string> { ["MANWIDTH"] = "80", ["LC_ALL"] = "C.UTF-8" });
            Assert.Equal((0, string.Empty), (shown.ExitCode, shown.Error));
            Assert.Matches(@"mailpass\s+-\s+change,\s+reset\s+and\s+generate", shown.Output);
        }

        await Command.RunAsync("dpkg", ["--root=" + root, "--purge", "mailpass"]);
        Assert.DoesNotContain(files.Where(file => file != "/."), file => File.Exists(root + file));
        if (Built.Has("apt-get"))
        {
            var simulated = await Command.TryAsync("apt-get", ["--simulate", "install", package]);
            Assert.True(simulated.ExitCode == 0, simulated.Output + simulated.Error);
        }
    }

    [SkippableFact]
    public async Task Debian_package_satisfies_lintian()
    {
        Skip.IfNot(Built.Has("lintian"), "lintian is not installed.");
        var package = Built.Get($"mailpass_{Built.Version}-1_amd64.deb", "Debian");
        var said = await Command.TryAsync("lintian", ["--allow-root", "--fail-on=error,warning", "--display-info", package]);
        Assert.Equal((0, string.Empty), (said.ExitCode, said.Output.Trim()));
    }
}
