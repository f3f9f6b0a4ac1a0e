using System.Globalization;
using System.Text;
using MailPass.Platform;
using MailPass.Secrets;

namespace MailPass.Changes;

/// <summary>
/// The last resort for changes that could be neither delivered nor undone: a file with their passwords that only the current user
/// can read, so that no mailbox has a password that nobody knows.
/// </summary>
public static class UndeliveredPasswords
{
    /// <summary>The folder for such files: <c>MailPass</c> in the user's local application data, else in the temporary folder.</summary>
    public static string DefaultFolder
    {
        get
        {
            var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
            return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "MailPass");
        }
    }

    /// <summary>Writes the passwords to a new CSV (<c>Mailbox,Password,Message</c>), durably.</summary>
    /// <param name="results">What <see cref="ChangeRun.TakeBackAsync"/> left; those without a password are skipped.</param>
    /// <param name="folder">The folder of the file; created if it does not exist.</param>
    /// <returns>The file; <see langword="null"/> if there was no password to keep.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.OutputUnwritable"/>.</exception>
    public static string? Save(IReadOnlyList<ChangeResult> results, string folder)
    {
        ArgumentNullException.ThrowIfNull(results);
        var kept = results.Where(result => result.Password is not null).ToList();
        if (kept.Count == 0)
        {
            return null;
        }

        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"undelivered-{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Guid.NewGuid():N}.csv"));
        try
        {
            Directory.CreateDirectory(folder);
            using var rows = new ZeroingBuffer();
            Write(rows, "Mailbox,Password,Message\n");
            foreach (var result in kept)
            {
                WriteField(rows, Encoding.UTF8.GetBytes(result.Mailbox));
                Write(rows, ",");
                WriteField(rows, result.Password!.Utf8);
                Write(rows, ",");
                WriteField(rows, Encoding.UTF8.GetBytes(result.Message ?? string.Empty));
                Write(rows, "\n");
            }

            using (var file = FileSystem.Current.CreatePrivate(path, bufferSize: 0))
            {
                file.Write(rows.Written);
                file.Flush(flushToDisk: true);
            }

            FileSystem.Current.SyncFolder(folder);
            return path;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.OutputUnwritable, $"The passwords that could not be delivered cannot be written to '{path}' either: {fault.Message}", "Reset these mailboxes again.", fault);
        }
    }

    // Always quoted (RFC 4180): a password may hold anything.
    private static void WriteField(ZeroingBuffer rows, ReadOnlySpan<byte> field)
    {
        Write(rows, "\"");
        foreach (var value in field)
        {
            var place = rows.GetSpan(2);
            place[0] = value;
            place[1] = value;
            rows.Advance(value == '"' ? 2 : 1);
        }

        Write(rows, "\"");
    }

    private static void Write(ZeroingBuffer rows, string text) => rows.Advance(Encoding.UTF8.GetBytes(text, rows.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
}
