using System.Text.RegularExpressions;

namespace MailPass.ModuleBuilder.Help;

/// <summary>Where the pages of docs/ are on the web: those of the module's own version, so that they say what it does.</summary>
internal sealed partial class OnlinePages
{
    private readonly string _folder;

    private OnlinePages(string folder) => _folder = folder;

    /// <summary>Reads the project's address and the version from a module manifest.</summary>
    /// <param name="manifest">The manifest's path.</param>
    /// <exception cref="InvalidDataException">It does not name them.</exception>
    public static OnlinePages Read(string manifest)
    {
        var text = File.ReadAllText(manifest);
        return Project().Match(text) is { Success: true } project && Version().Match(text) is { Success: true } version
            ? new OnlinePages($"{project.Groups[1].Value}/blob/v{version.Groups[1].Value}/docs/")
            : throw new InvalidDataException($"{manifest} names no ProjectUri or no ModuleVersion.");
    }

    /// <summary>The page of a cmdlet.</summary>
    /// <param name="cmdlet">Its name.</param>
    public string Of(string cmdlet) => $"{_folder}cmdlets/{cmdlet}.md";

    [GeneratedRegex(@"\bProjectUri\s*=\s*'([^']+)'")]
    private static partial Regex Project();

    [GeneratedRegex(@"\bModuleVersion\s*=\s*'([^']+)'")]
    private static partial Regex Version();
}
