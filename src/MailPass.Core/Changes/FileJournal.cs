using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MailPass.Mailboxes;
using MailPass.Platform;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// A journal in a file: JSON lines, one for each change, on the disk before the store hears of the change. It is what a
/// run that was killed leaves behind, and holds the generated passwords in plain text: 0600, and deleted by whoever has
/// delivered every result.
/// </summary>
/// <remarks>
/// The first line names the format, the run and the store. A change is
/// <c>{"m":"address","k":"store key","o":"old hash","b":"old bookkeeping","n":"new hash","p":"generated password"}</c>; after a batch was
/// written comes <c>{"settled":3,"refused":["address"]}</c>. Before a session system replaces its own copies of a mailbox's password comes
/// <c>{"settled":0,"copies":"address","system":"name","rows":[[row,"column","before","after"]],"lost":1}</c>, both encrypted
/// as that system does it; <c>lost</c> counts those that could not be. A last line that is cut off belongs to a batch that never
/// reached the store.
/// </remarks>
public sealed class FileJournal : IChangeJournal
{
    internal const int FormatVersion = 1;

    private const int CopiesInALine = 8;

    // Hashes are full of '+' and '/', addresses may be in any script: only what JSON itself needs is escaped.
    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A batch's sessions end while the next batch is written.
    private readonly object _gate = new();
    private readonly FileStream _file;
    private readonly ZeroingBuffer _buffer = new();

    private FileJournal(string path, FileStream file)
    {
        Path = path;
        _file = file;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Begins a journal.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="store">The store that the run will write to.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>: it exists or cannot be made.</exception>
    public static FileJournal Create(string path, StoreInfo store)
    {
        ArgumentNullException.ThrowIfNull(store);
        try
        {
            var file = FileSystem.Current.CreatePrivate(path, bufferSize: 0);
            var journal = new FileJournal(path, file);
            using (var json = new Utf8JsonWriter(journal._buffer, WriterOptions))
            {
                json.WriteStartObject();
                json.WriteNumber("mailpass-journal", FormatVersion);
                json.WriteString("run", Guid.NewGuid());
                json.WriteString("started", DateTimeOffset.UtcNow);
                json.WriteString("kind", store.Kind);
                json.WriteString("store", store.Location);
                json.WriteString("schema", store.Schema);
                json.WriteEndObject();
            }

            journal.EndLine();
            journal.Flush();
            FileSystem.Current.SyncFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            return journal;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, fault);
        }
    }

    /// <summary>A journal in a file that is open already, without its first line.</summary>
    internal static FileJournal OverStream(FileStream file) => new(file.Name, file);

    /// <inheritdoc/>
    public ValueTask RecordAsync(IReadOnlyList<JournalEntry> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            foreach (var entry in batch)
            {
                Write(entry);
            }

            FlushOrExplain();
        }

        return ValueTask.CompletedTask;
    }

    ValueTask IChangeJournal.RecordCopiesAsync(string system, IReadOnlyList<(MailboxAddress Mailbox, IReadOnlyList<ReplacedCopy> Copies)> copies)
    {
        lock (_gate)
        {
            // A mailbox that many share is in the e-mail accounts of all of them, and a line is read in one piece.
            foreach (var (mailbox, replaced) in copies)
            {
                foreach (var some in replaced.Chunk(CopiesInALine))
                {
                    Write(system, mailbox, some);
                }
            }

            FlushOrExplain();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask SettleAsync(IReadOnlyList<JournalEntry> batch, IReadOnlyList<bool> written)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(written);
        lock (_gate)
        {
            Write(batch, written);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the file and leaves it where it is.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_file.CanWrite)
        {
            return ValueTask.CompletedTask;
        }

        try
        {
            lock (_gate)
            {
                Flush();
            }
        }
        catch (IOException)
        {
            // Only the note about the last batch is missing; the store itself can be asked.
        }

        _file.Dispose();
        _buffer.Dispose();

        return ValueTask.CompletedTask;
    }

    private void Write(JournalEntry entry)
    {
        using (var json = new Utf8JsonWriter(_buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("m", entry.Account.Address.Value);
            json.WriteString("k", entry.Account.StoreKey);
            json.WriteString("o", entry.Account.PasswordHash);
            if (entry.Account.Bookkeeping is { } bookkeeping)
            {
                json.WriteString("b", bookkeeping.ToString());
            }

            json.WriteString("n", entry.NewHash);
            if (entry.Password is { } password)
            {
                json.WriteString("p"u8, password.Utf8);
            }

            json.WriteEndObject();
        }

        EndLine();
    }

    private void Write(IReadOnlyList<JournalEntry> batch, IReadOnlyList<bool> written)
    {
        using (var json = new Utf8JsonWriter(_buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("settled", batch.Count);
            json.WriteStartArray("refused");
            for (var i = 0; i < batch.Count; i++)
            {
                if (!written[i])
                {
                    json.WriteStringValue(batch[i].Account.Address.Value);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        // Goes to the disk with the next batch; until then its loss is harmless.
        EndLine();
    }

    private void Write(string system, MailboxAddress mailbox, IReadOnlyList<ReplacedCopy> copies)
    {
        using (var json = new Utf8JsonWriter(_buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("settled", 0);
            json.WriteString("copies", mailbox.Value);
            json.WriteString("system", system);
            json.WriteStartArray("rows");
            foreach (var copy in copies.Where(copy => copy.Recordable is not null))
            {
                json.WriteStartArray();
                json.WriteNumberValue(Convert.ToInt64(copy.Row, CultureInfo.InvariantCulture));
                json.WriteStringValue(copy.Column);
                json.WriteStringValue(copy.Recordable);
                json.WriteStringValue(copy.After);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteNumber("lost", copies.Count(copy => copy.Recordable is null));
            json.WriteEndObject();
        }

        EndLine();
    }

    private void EndLine()
    {
        _buffer.GetSpan(1)[0] = (byte)'\n';
        _buffer.Advance(1);
    }

    private void FlushOrExplain()
    {
        try
        {
            Flush();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(Path, fault);
        }
    }

    private void Flush()
    {
        _file.Write(_buffer.Written);
        _file.Flush(flushToDisk: true);
        _buffer.Clear();
    }

    private static MailPassException Unwritable(string path, Exception fault) =>
        new(ErrorIds.JournalUnwritable, $"The journal '{path}' cannot be written: {fault.Message}", "Nothing more was changed; name another file or make room, and run again.", fault);
}
