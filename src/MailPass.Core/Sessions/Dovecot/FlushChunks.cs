using System.Text;

namespace MailPass.Sessions.Dovecot;

/// <summary>
/// Cuts names into lists that one <c>auth cache flush</c> can take. The auth process reads lines of at most 1,024 bytes
/// from the master; a longer one is thrown away, and doveadm still answers that all went well and nothing was cached
/// (2.3.19: "Master sent us more than 1024 bytes" in the server's log only).
/// </summary>
internal static class FlushChunks
{
    /// <summary>The most bytes of names and separators in one command: 1,024 less the command and its number, with room to spare.</summary>
    public const int MaxBytes = 960;

    /// <summary>What a name takes on that line. Dovecot escapes NUL, 0x01, tab, CR and LF with one more byte.</summary>
    public static int BytesOf(string name) =>
        1 + Encoding.UTF8.GetByteCount(name) + name.Count(c => c is '\0' or '\x01' or '\t' or '\r' or '\n');

    /// <summary>Cuts names that fit; one that alone is too long is for the caller to refuse.</summary>
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
