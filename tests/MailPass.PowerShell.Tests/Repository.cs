using MailPass.Lab;

namespace MailPass.PowerShell.Tests;

/// <summary>The repository's folders.</summary>
internal static class Repository
{
    public static string Root => RepositoryFolder.Root;

#if DEBUG
    public const string Configuration = "Debug";
#else
    public const string Configuration = "Release";
#endif

    /// <summary>The module that the build of this configuration has assembled.</summary>
    public static string Module { get; } = Configuration == "Release" ? Path.Combine(Root, "out", "MailPass") : Path.Combine(Root, "out", Configuration, "MailPass");

    /// <summary>The command line that the build of this configuration has made.</summary>
    public static string Program { get; } = Path.Combine(Root, "src", "MailPass.Cli", "bin", Configuration, "net10.0", "mailpass.dll");
}
