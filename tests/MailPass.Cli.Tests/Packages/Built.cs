using MailPass.Lab;
using MailPass.Lab.Processes;

namespace MailPass.Cli.Tests.Packages;

/// <summary>The packages of <c>./build.ps1 -Task Tool, Archives, Debian</c>; a test is skipped by name if its package is missing.</summary>
internal static class Built
{
    public static string Root => RepositoryFolder.Root;

    public static string Version { get; } = System.Xml.Linq.XDocument.Load(Path.Combine(Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    /// <summary>A file of out/.</summary>
    public static string Get(string name, string task)
    {
        var path = Path.Combine(Root, "out", name);
        Skip.IfNot(Path.Exists(path), $"out/{name} is not built; ./build.ps1 -Task {task} makes it.");
        return path;
    }

    /// <summary>Whether a program is installed.</summary>
    public static bool Has(string program) => LabTools.Find(program) is not null;

    /// <summary>Has a program do a whole reset on its embedded store, and proves a new password by asking for it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">The arguments before its own.</param>
    /// <param name="folder">An empty folder, which is also its home.</param>
    public static async Task WorksAsync(string program, string[] arguments, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "boxes.csv"), "Mailbox,Name\nanna@example.com,Anna\nben@example.org,Ben\n");
        Assert.Equal(Version, (await RunAsync(null, "--version")).Trim());
        await RunAsync(null, "init", "--store", "mail.db", "--csv", "boxes.csv");
        await RunAsync(null, "reset", "--store", "mail.db", "--domain", "example.com", "--scheme", "SSHA512", "--out", "new.csv");
        var row = Assert.Single(CsvText.Read(await File.ReadAllTextAsync(Path.Combine(folder, "new.csv"))));
        Assert.Equal(("anna@example.com", "Changed"), (row["Mailbox"], row["Status"]));
        Assert.Contains("CurrentPassword,same", await RunAsync(row["Password"] + "\n", "test", "--store", "mail.db", "--mailbox", "anna@example.com"), StringComparison.Ordinal);

        Task<string> RunAsync(string? input, params string[] own) => Command.RunAsync(
            program, [.. arguments, .. own], input, folder: folder,
            environment: new Dictionary<string, string> { ["HOME"] = folder, ["XDG_STATE_HOME"] = Path.Combine(folder, "state") });
    }
}
