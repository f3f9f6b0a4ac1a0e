namespace MailPass.Lab.Processes;

/// <summary>Finds the servers and tools of Debian's packages.</summary>
public static class LabTools
{
    private static readonly string[] _folders =
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/bin"])
        .Distinct()
        .ToArray();

    /// <summary>Whether servers started here may (and, for PostgreSQL, must) drop root's rights.</summary>
    public static bool IsRoot { get; } = OperatingSystem.IsLinux() && Environment.UserName == "root";

    /// <summary>Where <c>tests/lab/install.sh</c> unpacks packages that it does not install.</summary>
    public static string Packages { get; } = Environment.GetEnvironmentVariable("MAILPASS_LAB_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "mailpass-lab");

    /// <summary>A program's path, or <see langword="null"/>.</summary>
    public static string? Find(string name) =>
        _folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>A program's path.</summary>
    /// <exception cref="LabUnavailableException">It is not installed.</exception>
    public static string Require(string name, string package) =>
        !OperatingSystem.IsLinux() ? throw new LabUnavailableException("The lab runs on Linux only.")
        : Find(name) ?? throw new LabUnavailableException($"{name} is not installed (Debian package {package}).");

    /// <summary>A program of PostgreSQL's server, which Debian keeps apart from PATH; the newest version.</summary>
    /// <exception cref="LabUnavailableException">It is not installed.</exception>
    public static string RequirePostgres(string name)
    {
        const string root = "/usr/lib/postgresql";
        var found = !Directory.Exists(root)
            ? null
            : Directory.GetDirectories(root)
                .Select(folder => (Version: int.TryParse(Path.GetFileName(folder), out var v) ? v : 0, Path: Path.Combine(folder, "bin", name)))
                .Where(candidate => File.Exists(candidate.Path))
                .OrderByDescending(candidate => candidate.Version)
                .Select(candidate => candidate.Path)
                .FirstOrDefault();
        return found ?? Require(name, "postgresql");
    }
}
