using System.Text.RegularExpressions;
using MailPass.Mailboxes;

namespace MailPass.Stores.PasswdFile;

/// <summary>
/// Files of which each domain has its own, found by a path with <c>%d</c> for the domain and <c>*</c> for any name, as
/// Dovecot's settings write it. Nothing is kept: a file that is new since the last look is found.
/// </summary>
internal sealed partial class DomainFiles
{
    // A domain's name as Dovecot 2.3 and 2.4 write it; %L lowers its case, and the names here are in lower case.
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

    /// <summary>Whether a path has a place for the domain, or for something else that Dovecot would fill in.</summary>
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
            ? throw new MailPassException(ErrorIds.StoreInvalid, $"The path '{path}' has another variable than the domain.", "Write %d where the domain's name stands, and * for any name: /home/*/conf/mail/%d/passwd.")
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
    /// <returns><see langword="null"/> where it has none.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>: it has two.</exception>
    public string? PathOf(string domain)
    {
        var found = new[] { domain, MailDomain.ToUnicode(domain) }.Distinct(StringComparer.Ordinal)
            .SelectMany(name => Find(_root, 0, name, name)).Select(file => file.Path).Take(2).ToArray();
        return found.Length > 1 ? throw Twice(domain) : found.FirstOrDefault();
    }

    private MailPassException Twice(string domain) => new(
        ErrorIds.StoreInvalid,
        $"More than one file fits {Pattern} for {domain}, and only one of them can be the one that is read.",
        "Write a folder's name where * stands.");

    // The name is the domain as the path spells it, as soon as that is known.
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
            // As a shell does, * passes over hidden names.
            if (!match.Success || (segment[0] == '*' && Path.GetFileName(entry)[0] == '.'))
            {
                continue;
            }

            var spelled = match.Groups["domain"] is { Success: true } found ? found.Value : name;
            // A spelling that is neither of a domain's two is none that a login leads to.
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
