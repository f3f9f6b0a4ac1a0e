using MailPass.Platform;

namespace MailPass.Profiles;

/// <summary>
/// Where profiles are: the user's folder (<c>$XDG_CONFIG_HOME/mailpass</c>, <c>%APPDATA%\MailPass</c>), then the system's
/// (<c>/etc/mailpass</c>, <c>%ProgramData%\MailPass</c>). A profile NAME is the file NAME.json in one of them.
/// </summary>
public static class ProfileFolders
{
    /// <summary>The variable with the profile for calls that do not name one.</summary>
    public const string Variable = "MAILPASS_PROFILE";

    private const string Extension = ".json";

    /// <summary>The folders, the user's first.</summary>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    public static IReadOnlyList<string> All(Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        if (OperatingSystem.IsWindows())
        {
            return
            [
                Path.Combine(Folder("APPDATA", Environment.SpecialFolder.ApplicationData), "MailPass"),
                Path.Combine(Folder("ProgramData", Environment.SpecialFolder.CommonApplicationData), "MailPass"),
            ];
        }

        var configuration = environment("XDG_CONFIG_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)
            ? given
            : Path.Combine(Folder("HOME", Environment.SpecialFolder.UserProfile), ".config");
        return [Path.Combine(configuration, "mailpass"), "/etc/mailpass"];

        string Folder(string variable, Environment.SpecialFolder known) =>
            environment(variable) is { Length: > 0 } path ? path : Environment.GetFolderPath(known, Environment.SpecialFolderOption.DoNotVerify);
    }

    /// <summary>The names of the existing profiles, each once, in ascending order; folders that cannot be listed are left out.</summary>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    public static IReadOnlyList<string> Names(Func<string, string?>? environment = null)
    {
        var names = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var folder in All(environment))
        {
            try
            {
                names.UnionWith(Directory.EnumerateFiles(folder, "*" + Extension).Select(file => Path.GetFileNameWithoutExtension(file)!).Where(IsName));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // A folder that is not there, or not for this account, has no profiles for it.
            }
        }

        return [.. names];
    }

    /// <summary>The file of a profile.</summary>
    /// <param name="nameOrPath">A name, or a path if it has a slash.</param>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    /// <returns>The full path of a file that is there.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ProfileNotFound"/>.</exception>
    public static string Find(string nameOrPath, Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (IsPath(nameOrPath))
        {
            var file = Path.GetFullPath(nameOrPath);
            return FileSystem.Current.IsRegularFile(file)
                ? file
                : throw new MailPassException(ErrorIds.ProfileNotFound, $"There is no profile '{file}'.", "Check the path.");
        }

        var folders = All(environment);
        var names = Names(environment);
        var known = names.Count == 0 ? $"{folders[0]} and {folders[1]} have none" : $"the known profiles are {string.Join(", ", names.Take(20))}";
        if (!IsName(nameOrPath))
        {
            throw new MailPassException(ErrorIds.ProfileNotFound, $"'{nameOrPath}' is not a name that a profile can have; {known}.", "Write a name of letters, digits, dots, hyphens and underscores, or a path with a slash in it.");
        }

        return folders.Select(folder => Path.Combine(folder, nameOrPath + Extension)).FirstOrDefault(FileSystem.Current.IsRegularFile)
            ?? throw new MailPassException(ErrorIds.ProfileNotFound, $"There is no profile '{nameOrPath}'; {known}.", $"Create {Path.Combine(folders[0], nameOrPath + Extension)}, or give a path with a slash in it.");
    }

    /// <summary>Whether the text means a file rather than a name.</summary>
    internal static bool IsPath(string text) => text.Contains('/', StringComparison.Ordinal) || (OperatingSystem.IsWindows() && text.Contains('\\', StringComparison.Ordinal));

    /// <summary>Whether a profile can have this name.</summary>
    internal static bool IsName(string text) =>
        text.Length is > 0 and <= 100 && text[0] is not ('.' or '-') && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
