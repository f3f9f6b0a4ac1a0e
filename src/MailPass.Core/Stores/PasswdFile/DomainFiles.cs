using System.Text.RegularExpressions;
using MailPass.Mailboxes;

namespace MailPass.Stores.PasswdFile;

/// <summary>
/// One file per domain, found by a path with <c>%d</c> for the domain and <c>*</c> for any name, as in Dovecot's settings. Nothing is
/// cached, so a new file is found.
/// </summary>
internal sealed partial class DomainFiles
{
    // The variables for the domain in Dovecot 2.3 and 2.4. %L makes it lower-case, as the names here are.
    private static readonly string[] s_spellings = ["%{user | domain | lower}", "%{user|domain|lower}", "%{user | domain}", "%{user|domain}", "%{domain}", "%Ld"];

    private readonly string _root;
    private readonly string[] _segments;

    private DomainFiles(string pattern)
    {
        Pattern = pattern;
        _root = Path.GetPathRoot(pattern)!;
        _segments = pattern[_root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The path with <c>%d</c>, for people.</summary>
    public string Pattern { get; }

    /// <summary>Whether a path has a variable for the domain, or another variable of Dovecot's.</summary>
    /// <param name="path">The path.</param>
    public static bool IsPattern(string path) => path.Contains('%', StringComparison.Ordinal);

    /// <summary>Reads a path.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>: it has another variable than the domain.</exception>
    public static DomainFiles Parse(string path)
    {
        foreach (var spelling in s_spellings)
        {
            path = path.Replace(spelling, "%d", StringComparison.OrdinalIgnoreCase);
        }

        return path.Replace("%d", string.Empty, StringComparison.Ordinal).Contains('%', StringComparison.Ordinal)
            ? throw new MailPassException(ErrorIds.StoreInvalid, $"The path '{path}' has another variable than the domain.", "Write %d for the domain's name, and * for any name: /home/*/conf/mail/%d/passwd.")
            : new DomainFiles(Path.GetFullPath(path));
    }

    /// <summary>All files, in ascending order of their domains.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>: a domain has two.</exception>
    public IEnumerable<(string Domain, string Path)> All()
    {
        string? last = null;
        foreach (var (domain, path) in Find(_root, 0, null, null).OrderBy(file => file.Domain, StringComparer.Ordinal))
        {
            yield return domain == last ? throw Twice(domain) : (domain, path);
            last = domain;
        }
    }

    /// <summary>A domain's file.</summary>
    /// <param name="domain">The domain in its ASCII form.</param>
    /// <returns><see langword="null"/> if it has none.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>: it has two.</exception>
    public string? PathOf(string domain)
    {
        var found = new[] { domain, MailDomain.ToUnicode(domain) }.Distinct(StringComparer.Ordinal)
            .SelectMany(name => Find(_root, 0, name, name)).Select(file => file.Path).Take(2).ToArray();
        return found.Length > 1 ? throw Twice(domain) : found.FirstOrDefault();
    }

    private MailPassException Twice(string domain) => new(
        ErrorIds.StoreInvalid,
        $"More than one file matches {Pattern} for {domain}, and the mail server can read only one of them.",
        "Write the folder's name instead of *.");

    // The domain as the path spells it, once that is known.
    private IEnumerable<(string Domain, string Path)> Find(string folder, int index, string? name, string? wanted)
    {
        if (index == _segments.Length)
        {
            if (File.Exists(folder) && name is not null && MailDomain.TryNormalize(name, out var domain, out _))
            {
                yield return (domain, folder);
            }

            yield break;
        }

        var segment = name is null ? _segments[index] : _segments[index].Replace("%d", name, StringComparison.Ordinal);
        if (segment.AsSpan().IndexOf('*') < 0 && !segment.Contains("%d", StringComparison.Ordinal))
        {
            foreach (var file in Find(Path.Combine(folder, segment), index + 1, name, wanted))
            {
                yield return file;
            }

            yield break;
        }

        if (!Directory.Exists(folder))
        {
            yield break;
        }

        var expression = new Regex("^" + Wildcard().Replace(Regex.Escape(segment), match => match.Value == "%d" ? "(?<domain>[^/]+)" : "[^/]*") + "$", RegexOptions.CultureInvariant);
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder))
        {
            var match = expression.Match(Path.GetFileName(entry));
            // Like in a shell, * skips hidden names.
            if (!match.Success || (segment[0] == '*' && Path.GetFileName(entry)[0] == '.'))
            {
                continue;
            }

            var spelled = match.Groups["domain"] is { Success: true } found ? found.Value : name;
            // A domain has two spellings (Unicode and punycode); no login leads to another one.
            if (spelled is null || spelled == wanted || IsDomain(spelled))
            {
                foreach (var file in Find(entry, index + 1, spelled, wanted))
                {
                    yield return file;
                }
            }
        }
    }

    private static bool IsDomain(string name) =>
        MailDomain.TryNormalize(name, out var domain, out _) && (name == domain || name == MailDomain.ToUnicode(domain));

    [GeneratedRegex(@"%d|\\\*")]
    private static partial Regex Wildcard();
}
