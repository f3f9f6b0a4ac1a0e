using System.Text;

namespace MailPass.Sessions.Dovecot;

/// <summary>
/// Splits names into lists that fit into one <c>auth cache flush</c>. The auth process reads lines of at most 1,024 bytes from the
/// master. It drops a longer line, and doveadm still reports success with nothing cached (2.3.19: "Master sent us more than 1024
/// bytes" only in the server's log).
/// </summary>
internal static class FlushChunks
{
    /// <summary>The most bytes of names and separators in one command: 1,024 minus the command and its number, with a reserve.</summary>
    public const int MaxBytes = 960;

    /// <summary>The bytes of a name on that line. Dovecot escapes NUL, 0x01, tab, CR and LF with one more byte.</summary>
    public static int BytesOf(string name) =>
        1 + Encoding.UTF8.GetByteCount(name) + name.Count(c => c is '\0' or '\x01' or '\t' or '\r' or '\n');

    /// <summary>Splits names that fit; the caller must refuse a name that is too long by itself.</summary>
    public static IEnumerable<IReadOnlyList<string>> Cut(IEnumerable<string> names)
    {
        var chunk = new List<string>();
        var bytes = 0;
        foreach (var name in names)
        {
            var size = BytesOf(name);
            if (chunk.Count > 0 && bytes + size > MaxBytes)
            {
                yield return chunk;
                chunk = [];
                bytes = 0;
            }

            chunk.Add(name);
            bytes += size;
        }

        if (chunk.Count > 0)
        {
            yield return chunk;
        }
    }
}
