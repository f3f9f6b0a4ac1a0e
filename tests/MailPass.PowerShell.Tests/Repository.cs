namespace MailPass.PowerShell.Tests;

/// <summary>Where things lie.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The module that the build of this configuration has assembled.</summary>
#if DEBUG
    public static string Module { get; } = Path.Combine(Root, "out", "Debug", "MailPass");
#else
    public static string Module { get; } = Path.Combine(Root, "out", "MailPass");
#endif

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
