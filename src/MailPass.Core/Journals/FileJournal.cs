using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.Platform;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Journals;

/// <summary>A journal in a file. A change is on the disk before the store receives it. docs/journal.md describes the format.</summary>
/// <remarks>
/// Every line is chained to the one before it (<see cref="DigestChain"/>). The first is the header (<see cref="JournalHeader"/>).
/// The other lines are:
/// <list type="bullet">
/// <item>Changes, several per line, because each digest and each encryption has a fixed cost:
/// <c>{"changes":[["address","store key","old hash",{"place":"old value"},"new hash"]],"passwords":"sealed"}</c>.</item>
/// <item>After a batch was written: <c>{"settled":3,"refused":["address"]}</c>.</item>
/// <item>After mailboxes were logged out: <c>{"out":["address"]}</c>.</item>
/// <item>Before a session system replaces its own copies of a mailbox's password:
/// <c>{"copies":"address","system":"name","rows":[[row,"column","before","after"]],"lost":1}</c>. Both copies are encrypted as that
/// system encrypts them; <c>lost</c> counts those that could not be.</item>
/// <item>When an interrupted run is resumed: <c>{"resumed":"time","host":"…","process":1,"format":3}</c>.</item>
/// <item>When a run has delivered every row: <c>{"end":{…}}</c>.</item>
/// </list>
/// </remarks>
public sealed class FileJournal : IChangeJournal
{
    internal const int FormatVersion = 3;

    // Compared with one change per line, 4 save half of the cost and 16 nine tenths; a damaged line loses all of its changes.
    internal const int ChangesInALine = 16;

    private const int CopiesInALine = 8;
    private const int NamesInALine = 1000;

    // The notes about a batch's sessions come while the next batch is recorded.
    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private readonly DigestChain _chain;
    private readonly JournalKey _key;
    private readonly ZeroingBuffer _buffer = new();
    private readonly Utf8JsonWriter _json;
    private long _unsettled;
    private long _length;
    private bool _isBroken;
    private bool _isClosed;

    private FileJournal(string path, FileStream file, JournalHeader header, JournalKey key, DigestChain chain)
    {
        // On Windows, FileStream.Name is empty for a file that was created with an access list.
        Path = path;
        _file = file;
        _json = new Utf8JsonWriter(_buffer, JournalWriting.Options);
        _key = key;
        _chain = chain;
        _length = file.CanSeek ? file.Position : 0;
        Header = header;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The first line.</summary>
    public JournalHeader Header { get; }

    /// <inheritdoc/>
    public DateTimeOffset Started => Header.Started;

    /// <summary>Whether a recorded change may have reached the store, and its outcome is not noted.</summary>
    internal bool MayHoldMore => _unsettled > 0;

    /// <summary>The digest of the last line, in base64.</summary>
    internal string Digest => _chain.Last;

    /// <summary>Begins a journal.</summary>
    /// <param name="path">A file that does not exist yet.</param>
    /// <param name="store">The store that the run will write to.</param>
    /// <param name="run">What the run is.</param>
    /// <param name="recipients">Certificates to seal the key to; empty to keep it beside the journal.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>: it exists or cannot be made.</exception>
    public static FileJournal Create(string path, StoreInfo store, RunDescription? run = null, IReadOnlyList<X509Certificate2>? recipients = null) =>
        Create(path, JournalHeader.Begin(store, run ?? new()), recipients ?? []);

    internal static FileJournal Create(string path, JournalHeader header, IReadOnlyList<X509Certificate2> recipients)
    {
        var key = JournalKey.Draw();
        FileStream? file = null;
        try
        {
            file = FileSystem.Current.CreatePrivate(path, bufferSize: 0, FileShare.Read);
            if (recipients.Count > 0)
            {
                header = header with { Envelope = key.SealTo(recipients) };
            }
            else
            {
                key.Save(path);
            }

            var journal = new FileJournal(path, file, header, key, new DigestChain());
            journal.WriteHeader();
            journal.Flush();
            FileSystem.Current.SyncFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            return journal;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            key.Dispose();
            if (file is not null)
            {
                file.Dispose();
                File.Delete(path);
                JournalKey.Destroy(path);
            }

            throw Unwritable(path, fault);
        }
    }

    /// <summary>Continues the journal of an interrupted run after its last whole line.</summary>
    /// <param name="journal">The journal, read and verified.</param>
    /// <param name="key">The run's key; taken over.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>.</exception>
    internal static FileJournal Continue(JournalFile journal, JournalKey key)
    {
        try
        {
            var file = new FileStream(journal.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            file.SetLength(journal.Length);
            file.Seek(journal.Length, SeekOrigin.Begin);
            var resumed = new FileJournal(journal.Path, file, journal.Header, key, journal.Chain);
            resumed.WriteLine(static json =>
            {
                json.WriteString("resumed"u8, DateTimeOffset.UtcNow);
                json.WriteString("operator"u8, Environment.UserName);
                json.WriteString("host"u8, Environment.MachineName);
                json.WriteNumber("process"u8, Environment.ProcessId);
                json.WriteNumber("format"u8, FormatVersion);
            });
            resumed.Flush();
            return resumed;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(journal.Path, fault);
        }
    }

    /// <summary>A journal in a file that is open already.</summary>
    internal static FileJournal OverStream(FileStream file, JournalHeader header, JournalKey key)
    {
        var journal = new FileJournal(file.Name, file, header, key, new DigestChain());
        journal.WriteHeader();
        return journal;
    }

    /// <inheritdoc/>
    public ValueTask RecordAsync(IReadOnlyList<JournalEntry> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            for (int start = 0, end; start < batch.Count; start = end)
            {
                // A line seals the passwords of all its changes or of none.
                for (end = start + 1; end < batch.Count && end - start < ChangesInALine && batch[end].Password is null == batch[start].Password is null; end++)
                {
                }

                Write(batch, start, end);
            }

            FlushOrExplain();
            _unsettled += batch.Count;
        }

        return ValueTask.CompletedTask;
    }

    ValueTask IChangeJournal.RecordCopiesAsync(string system, IReadOnlyList<(MailboxAddress Mailbox, IReadOnlyList<ReplacedCopy> Copies)> copies)
    {
        lock (_gate)
        {
            // A shared mailbox is in the e-mail accounts of many people, and the length of a line is limited.
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

        // Flushed with the next batch; losing it before is harmless.
        lock (_gate)
        {
            _unsettled -= batch.Count;
            WriteLine(json =>
            {
                json.WriteNumber("settled"u8, batch.Count);
                WriteNames(json, "refused"u8, batch.Where((_, i) => !written[i]).Select(entry => entry.Account.Address));
            });
        }

        return ValueTask.CompletedTask;
    }

    ValueTask IChangeJournal.NoteLoggedOutAsync(IReadOnlyList<MailboxAddress> mailboxes)
    {
        lock (_gate)
        {
            foreach (var some in mailboxes.Chunk(NamesInALine))
            {
                WriteLine(json => WriteNames(json, "out"u8, some));
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the run: every row was delivered, so the key beside the journal is destroyed.</summary>
    /// <param name="summary">The run's outcome in numbers.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>: the run still counts as interrupted.</exception>
    public void Finish(RunSummary summary)
    {
        lock (_gate)
        {
            WriteLine(json =>
            {
                json.WritePropertyName("end"u8);
                summary.WriteTo(json);
            });
            FlushOrExplain("Every row was delivered; only the end of the run is not recorded. Make room and resume the run, which then changes nothing more.");
        }

        Close();
        DestroyKey(Path);
    }

    /// <summary>Destroys the key of a run that delivered every row.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>.</exception>
    internal static void DestroyKey(string path)
    {
        try
        {
            JournalKey.Destroy(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.JournalUnwritable, $"The key '{JournalKey.PathFor(path)}' cannot be removed: {fault.Message}", "Every row was delivered; remove the file by hand.", fault);
        }
    }

    /// <summary>Closes the file. The file and its key stay where they are.</summary>
    public ValueTask DisposeAsync()
    {
        try
        {
            lock (_gate)
            {
                if (!_isClosed && !_isBroken)
                {
                    Flush();
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Only notes are lost; a resumed run reads the store instead.
            CutBack();
        }

        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _file.Dispose();
            _json.Reset(Stream.Null);
            _json.Dispose();
            _buffer.Dispose();
            _key.Dispose();
        }
    }

    private void WriteHeader() => WriteLine(json =>
    {
        json.WriteNumber("mailpass-journal"u8, FormatVersion);
        json.WritePropertyName("run"u8);
        Header.WriteTo(json);
    });

    // No closure: this method is where a journal spends its time.
    private void Write(IReadOnlyList<JournalEntry> batch, int from, int to)
    {
        var start = BeginLine();
        _json.WriteStartArray("changes"u8);
        for (var i = from; i < to; i++)
        {
            var account = batch[i].Account;
            _json.WriteStartArray();
            _json.WriteStringValue(account.Address.Value);
            _json.WriteStringValue(account.StoreKey == account.Address.Value ? null : account.StoreKey);
            _json.WriteStringValue(account.PasswordHash);
            if (account.Bookkeeping is { } bookkeeping)
            {
                bookkeeping.WriteTo(_json);
            }
            else
            {
                _json.WriteNullValue();
            }

            _json.WriteStringValue(batch[i].NewHash);
            _json.WriteEndArray();
        }

        _json.WriteEndArray();
        if (batch[from].Password is not null)
        {
            _json.WriteBase64String("passwords"u8, _key.Seal(batch, from, to));
        }

        EndLine(start);
    }

    private void Write(string system, MailboxAddress mailbox, IReadOnlyList<ReplacedCopy> copies) => WriteLine(json =>
    {
        json.WriteString("copies"u8, mailbox.Value);
        json.WriteString("system"u8, system);
        json.WriteStartArray("rows"u8);
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
        json.WriteNumber("lost"u8, copies.Count(copy => copy.Recordable is null));
    });

    private static void WriteNames(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<MailboxAddress> mailboxes)
    {
        json.WriteStartArray(name);
        foreach (var mailbox in mailboxes)
        {
            json.WriteStringValue(mailbox.Value);
        }

        json.WriteEndArray();
    }

    private void WriteLine(Action<Utf8JsonWriter> members)
    {
        var start = BeginLine();
        members(_json);
        EndLine(start);
    }

    private int BeginLine()
    {
        _json.Reset();
        _json.WriteStartObject();
        return _buffer.Written.Length;
    }

    private void EndLine(int start)
    {
        _json.WriteEndObject();
        _json.Flush();
        _chain.EndLine(_buffer, start);
    }

    private void FlushOrExplain(string remedy = "Nothing more was changed; make room and resume the run, or name another file for a new one.")
    {
        try
        {
            Flush();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            CutBack();
            throw Unwritable(Path, fault, remedy);
        }
    }

    private void Flush()
    {
        if (_isBroken)
        {
            throw new IOException("An earlier line could not be written.");
        }

        _file.Write(_buffer.Written);
        _file.Flush(flushToDisk: true);
        _length += _buffer.Written.Length;
        _buffer.Clear();
    }

    /// <summary>Removes a line that was written in part. No line may follow it: a reader accepts an incomplete line only at the end.</summary>
    private void CutBack()
    {
        _isBroken = true;
        try
        {
            _file.SetLength(_length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or ObjectDisposedException)
        {
            // The incomplete line stays the last one.
        }
    }

    private static MailPassException Unwritable(string path, Exception fault, string remedy = "Nothing was changed; name another file or make room, and run again.") =>
        new(ErrorIds.JournalUnwritable, $"The journal '{path}' cannot be written: {fault.Message.TrimEnd('.')}.", remedy, fault);
}
