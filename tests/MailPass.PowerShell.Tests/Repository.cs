namespace MailPass.PowerShell.Tests;

/// <summary>The repository's folders.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

#if DEBUG
    public const string Configuration = "Debug";
#else
    public const string Configuration = "Release";
#endif

    /// <summary>The module that the build of this configuration has assembled.</summary>
    public static string Module { get; } = Configuration == "Release" ? Path.Combine(Root, "out", "MailPass") : Path.Combine(Root, "out", Configuration, "MailPass");

    /// <summary>The command line that the build of this configuration has made.</summary>
    public static string Program { get; } = Path.Combine(Root, "src", "MailPass.Cli", "bin", Configuration, "net10.0", "mailpass.dll");

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MailPass.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests do not run from within the repository.");
        }

        return folder;
    }
}
