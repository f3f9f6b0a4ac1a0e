using System.Text.Json;
using MailPass.Platform;
using MailPass.Secrets;

namespace MailPass.Journals;

/// <summary>
/// The index of runs: one file to which every run appends, its lines chained like those of a journal. It has each run's last digest,
/// so that a removed or replaced journal is noticed. It has no password hash and no password.
/// </summary>
internal sealed class RunIndex(string folder)
{
    private const int LongestLine = 256 * 1024;

    private string FilePath => Path.Combine(folder, "index");

    /// <summary>Adds a line, durably. The caller holds the folder's lock.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Add(IndexLine line)
    {
        using var file = File.Exists(FilePath)
            ? new FileStream(FilePath, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0)
            : FileSystem.Current.CreatePrivate(FilePath, bufferSize: 0, FileShare.Read);
        var chain = LastOf(file, out var end);

        // What follows the last line end is an incomplete line.
        file.SetLength(end);
        file.Seek(end, SeekOrigin.Begin);
        using var buffer = new ZeroingBuffer();
        using (var json = new Utf8JsonWriter(buffer, JournalWriting.Options))
        {
            line.WriteTo(json);
        }

        chain.EndLine(buffer, 0);
        file.Write(buffer.Written);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads all lines that can be read.</summary>
    /// <param name="faults">Takes a sentence for each that does not fit.</param>
    public List<IndexLine> Read(ICollection<string>? faults = null)
    {
        var lines = new List<IndexLine>();
        if (!File.Exists(FilePath))
        {
            return lines;
        }

        var chain = new DigestChain();
        var (_, isTorn) = JournalReader.ReadAsync(FilePath, Take, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        if (isTorn)
        {
            faults?.Add($"The last line of {FilePath} is incomplete.");
        }

        return lines;

        void Take(long number, long offset, ReadOnlySpan<byte> text)
        {
            if (!chain.Fits(text, out var json))
            {
                faults?.Add(FormattableString.Invariant($"Line {number} of {FilePath} does not fit the line before it: one of them was changed, or lines are missing, doubled or in another order."));
                return;
            }

            try
            {
                if (JsonSerializer.Deserialize(json, JournalJson.Default.IndexLine) is { Run: not null, Totals: null or { Length: 4 } } line && line.Header?.IsWhole() != false)
                {
                    lines.Add(line);
                    return;
                }
            }
            catch (JsonException)
            {
                // Reported below.
            }

            faults?.Add(FormattableString.Invariant($"Line {number} of {FilePath} is not a line of an index."));
        }
    }

    // Appending needs only the last line, so the index is not read as a whole.
    private static DigestChain LastOf(FileStream file, out long end)
    {
        var chain = new DigestChain();
        var start = Math.Max(0, file.Length - LongestLine);
        var tail = new byte[file.Length - start];
        file.Seek(start, SeekOrigin.Begin);
        file.ReadExactly(tail);
        var length = tail.AsSpan().LastIndexOf((byte)'\n') + 1;
        end = start + length;
        if (length > 0)
        {
            var text = tail.AsSpan(0, length - 1);
            _ = chain.Fits(text[(text.LastIndexOf((byte)'\n') + 1)..], out _);
        }

        return chain;
    }
}
