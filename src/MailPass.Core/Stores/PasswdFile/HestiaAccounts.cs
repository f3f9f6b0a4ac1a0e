using System.Text;
using MailPass.Platform;

namespace MailPass.Stores.PasswdFile;

/// <summary>
/// The configuration in which HestiaCP and VestaCP keep a domain's accounts, hashes included
/// (<c>data/users/USER/mail/DOMAIN.conf</c>): a rebuild writes the passwd-file from it, so a change must go into both.
/// </summary>
/// <remarks>
/// One account per line, <c>ACCOUNT='anna' … MD5='{MD5}$1$…' …</c>, which the panel evaluates in a shell. The configuration is replaced
/// before the passwd-file. A copy of its old content stays beside it until that is done, so that the next writer can undo what a killed
/// one has begun.
/// </remarks>
/// <param name="path">The configuration.</param>
internal sealed class HestiaAccounts(string path)
{
    private const string Hash = "MD5";

    private string Old => path + ".mailpass-old";

    /// <summary>Whether a killed writer left a copy beside it.</summary>
    public bool IsLeftOver => File.Exists(Old) || File.Exists(New);

    private string New => path + ".mailpass-new";

    /// <summary>The configuration that a passwd-file is written from.</summary>
    /// <param name="passwdFile">The file: <c>…/USER/conf/mail/DOMAIN/passwd</c>, its folder perhaps behind a link.</param>
    /// <param name="folder">The panel's folder; <see langword="null"/> to find it by the panel's own setting or its default.</param>
    /// <returns><see langword="null"/> if the file does not belong to such a panel.</returns>
    public static HestiaAccounts? Of(string passwdFile, string? folder)
    {
        var parent = Path.GetDirectoryName(passwdFile)!;
        parent = Directory.ResolveLinkTarget(parent, returnFinalTarget: true)?.FullName ?? parent;
        if (Path.GetFileName(passwdFile) != "passwd" || parent.Split(Path.DirectorySeparatorChar) is not [.., var user, "conf", "mail", var domain])
        {
            return null;
        }

        string?[] folders = folder is null ? [Environment.GetEnvironmentVariable("HESTIA"), "/usr/local/hestia", "/usr/local/vesta"] : [folder];
        return folders.Where(one => !string.IsNullOrEmpty(one))
            .Select(one => Path.GetFullPath(Path.Combine(one!, "data", "users", user, "mail", domain + ".conf")))
            .FirstOrDefault(File.Exists) is { } found ? new HestiaAccounts(found) : null;
    }

    /// <summary>Puts new hashes into the configuration, durably. The caller holds the passwd-file's lock, and then calls <see cref="Keep"/> or <see cref="Undo"/>.</summary>
    /// <param name="hashes">The new hash of each account.</param>
    /// <exception cref="IOException">It cannot be written; it is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The current user may not write it; it is as it was.</exception>
    public void Replace(IReadOnlyDictionary<string, string> hashes)
    {
        while (!TryReplace(hashes.GetValueOrDefault))
        {
        }
    }

    /// <summary>Keeps what <see cref="Replace"/> wrote.</summary>
    public void Keep() => File.Delete(Old);

    /// <summary>Undoes what <see cref="Replace"/> wrote, or what a killed writer wrote without replacing the passwd-file: every hash that was the same as in the passwd-file before is so again.</summary>
    /// <param name="hashes">The hashes in the passwd-file.</param>
    public void Undo(IReadOnlyDictionary<string, string> hashes)
    {
        File.Delete(New);
        if (!File.Exists(Old))
        {
            return;
        }

        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in ReadLines(Old))
        {
            if (Values(line) is { } values && values.TryGetValue("ACCOUNT", out var account) && values.TryGetValue(Hash, out var hash))
            {
                before[account.Text] = hash.Text;
            }
        }

        while (!TryReplace(account => before.TryGetValue(account, out var old) && hashes.TryGetValue(account, out var there) && old == there ? old : null, keepOld: true))
        {
        }

        File.Delete(Old);
    }

    // False: others changed the file meanwhile.
    private bool TryReplace(Func<string, string?> hashOf, bool keepOld = false)
    {
        var look = Look();
        var changed = false;
        var text = new StringBuilder();
        foreach (var line in ReadLines(path))
        {
            if (Values(line) is { } values && values.TryGetValue("ACCOUNT", out var account) && values.TryGetValue(Hash, out var hash)
                && hashOf(account.Text) is { } wanted && wanted != hash.Text)
            {
                // The panel evaluates the line in a shell.
                text.Append(line, 0, hash.Start).Append('\'').Append(wanted.Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'').Append(line, hash.End, line.Length - hash.End);
                changed = true;
            }
            else
            {
                text.Append(line);
            }
        }

        if (!changed)
        {
            return true;
        }

        File.Delete(New);
        try
        {
            Write(New, text.ToString());
            FileSystem.Current.KeepOwnerAndMode(path, New);
            if (Look() != look)
            {
                return false;
            }

            if (!keepOld)
            {
                File.Delete(Old);
                Write(Old, Encoding.Latin1.GetString(File.ReadAllBytes(path)));
                FileSystem.Current.SyncFolder(Path.GetDirectoryName(path)!);
            }

            FileSystem.Current.Replace(New, path);
            FileSystem.Current.SyncFolder(Path.GetDirectoryName(path)!);
            return true;
        }
        finally
        {
            File.Delete(New);
        }
    }

    private static void Write(string file, string text)
    {
        using var stream = FileSystem.Current.CreatePrivate(file);
        stream.Write(Encoding.Latin1.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }

    private (long Length, DateTime Written) Look()
    {
        var info = new FileInfo(path);
        return (info.Length, info.LastWriteTimeUtc);
    }

    // Lines with their ends, one character per byte, so that no byte changes.
    private static IEnumerable<string> ReadLines(string file)
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            yield return text[start..end];
            start = end;
        }
    }

    // NAME=value NAME=value as a shell reads them; null for a line that is not of that kind.
    private static Dictionary<string, (string Text, int Start, int End)>? Values(string line)
    {
        var values = new Dictionary<string, (string, int, int)>(StringComparer.Ordinal);
        var at = 0;
        while (true)
        {
            while (at < line.Length && char.IsWhiteSpace(line[at]))
            {
                at++;
            }

            if (at == line.Length)
            {
                return values;
            }

            var equals = line.IndexOf('=', at);
            if (equals < 0 || line.AsSpan(at, equals - at).ContainsAny(" \t'\"#"))
            {
                return null;
            }

            var name = line[at..equals];
            at = equals + 1;
            var start = at;
            var value = new StringBuilder();
            while (at < line.Length && !char.IsWhiteSpace(line[at]))
            {
                if (line[at] is '\'' or '"')
                {
                    var close = line.IndexOf(line[at], at + 1);
                    if (close < 0)
                    {
                        return null;
                    }

                    value.Append(line, at + 1, close - at - 1);
                    at = close + 1;
                }
                else if (line[at] == '\\' && at + 1 < line.Length)
                {
                    value.Append(line[at + 1]);
                    at += 2;
                }
                else
                {
                    value.Append(line[at++]);
                }
            }

            // If a name is there twice, the shell uses the last value.
            values[name] = (Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value.ToString())), start, at);
        }
    }
}
