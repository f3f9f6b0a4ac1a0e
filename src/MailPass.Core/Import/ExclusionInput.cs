using System.Globalization;
using System.Text;
using MailPass.Changes;
using MailPass.Mailboxes;

namespace MailPass.Import;

/// <summary>Reads exclusions as people write them: mailboxes, patterns, and files of both.</summary>
/// <remarks>
/// A file has one mailbox or pattern per line, with blank lines and lines that begin with <c>#</c> passed over; or it is a
/// CSV with a header and a column of mailboxes. Whatever in it cannot be read ends the call: an exclusion that is passed
/// over is a mailbox that is changed.
/// </remarks>
public static class ExclusionInput
{
    private const string Remedy = "Write a mailbox, a pattern such as svc* or *@example.com, or a file of them (@file).";

    /// <summary>Reads exclusions.</summary>
    /// <param name="texts">Mailboxes, patterns, <c>@file</c> or the path of a file; <see langword="null"/> for none.</param>
    /// <param name="fullPath">Makes a path full.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a text is none of these, or a file cannot be read completely.</exception>
    public static async Task<Exclusions> ReadAsync(IReadOnlyCollection<string>? texts, Func<string, string> fullPath, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fullPath);
        if (texts is null or { Count: 0 })
        {
            return Exclusions.None;
        }

        var entries = new List<string>();
        var names = new List<string>();
        foreach (var (text, path) in texts.Select(text => (text ?? string.Empty).Trim()).Select(text => (text, FileOf(text, fullPath))).ToList())
        {
            if (path is { } file)
            {
                entries.AddRange(await ReadFileAsync(file, cancellationToken).ConfigureAwait(false));
                names.Add("@" + file);
            }
            else
            {
                _ = MailboxPatterns.Parse([text]);
                entries.Add(text);
                names.Add(text);
            }
        }

        return new Exclusions(MailboxPatterns.Parse(entries), names);
    }

    private static string? FileOf(string text, Func<string, string> fullPath)
    {
        if (text.Length > 1 && text[0] == '@')
        {
            return fullPath(text[1..]);
        }

        if (text.Length == 0 || text.Contains('@', StringComparison.Ordinal) || MailboxPatterns.IsWildcard(text))
        {
            return null;
        }

        var path = fullPath(text);
        return File.Exists(path) ? path : throw new MailPassException(ErrorIds.InputInvalid, $"The exclusion '{text}' is neither a mailbox nor a pattern nor an existing file.", Remedy);
    }

    private static async Task<List<string>> ReadFileAsync(string file, CancellationToken cancellationToken)
    {
        var entries = new List<string>();
        var number = 0;
        foreach (var line in (await ReadTextAsync(file, cancellationToken).ConfigureAwait(false)).Split('\n').Select(line => line.Trim().Trim('\uFEFF')))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (entries.Count == 0 && !line.Contains('@', StringComparison.Ordinal) && !MailboxPatterns.IsWildcard(line))
            {
                return await ReadCsvAsync(file, cancellationToken).ConfigureAwait(false);
            }

            entries.Add(Entry(line, file, number));
        }

        return entries.Count > 0 ? entries : throw new MailPassException(ErrorIds.InputInvalid, $"The file of exclusions {file} names no mailbox.", "Leave the exclusion out if no mailbox should be excluded.");
    }

    private static async Task<List<string>> ReadCsvAsync(string file, CancellationToken cancellationToken)
    {
        var entries = new List<string>();
        using var reader = await ChangeRequestReader.OpenAsync(InputFile.Open(file), file, new CsvOptions(), shard: null, cancellationToken).ConfigureAwait(false);
        await foreach (var row in reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            if (row.Fault is { } fault)
            {
                throw new MailPassException(fault.ErrorId, string.Create(CultureInfo.InvariantCulture, $"{file}, line {row.Line}: {fault.Message}"), fault.Remedy, fault);
            }

            entries.Add(Entry(row.Identity, file, row.Line ?? 0));
        }

        return entries.Count > 0 ? entries : throw new MailPassException(ErrorIds.InputInvalid, $"The file of exclusions {file} names no mailbox.", "Leave the exclusion out if no mailbox should be excluded.");
    }

    private static string Entry(string text, string file, long line)
    {
        try
        {
            _ = MailboxPatterns.Parse([text]);
            return text.Contains(TextSource.Replacement, StringComparison.Ordinal) ? throw new MailPassException(ErrorIds.InputInvalid, "It is not valid in the file's encoding.", "Save the file as UTF-8.") : text;
        }
        catch (MailPassException fault)
        {
            throw new MailPassException(fault.ErrorId, string.Create(CultureInfo.InvariantCulture, $"{file}, line {line}: {fault.Message}"), fault.Remedy, fault);
        }
    }

    private static async Task<string> ReadTextAsync(string file, CancellationToken cancellationToken)
    {
        using var source = new TextSource(InputFile.Open(file));
        var text = new StringBuilder();
        var buffer = new char[8192];
        for (int read; (read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            text.Append(buffer, 0, read);
        }

        return text.ToString();
    }
}
