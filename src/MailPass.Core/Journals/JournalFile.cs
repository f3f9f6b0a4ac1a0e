using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.Secrets;
using Microsoft.Win32.SafeHandles;

namespace MailPass.Journals;

/// <summary>
/// A journal that was read once from beginning to end: its chain is verified, and the last record of each mailbox is known
/// (some 30 bytes per mailbox). MailPass shows and writes nothing from a journal before all of it is verified.
/// </summary>
internal sealed class JournalFile
{
    private readonly JournalPlaces _last = new();
    private readonly Dictionary<MailboxAddress, List<long>> _copies = [];
    private JournalHeader? _header;

    private JournalFile(string path) => Path = path;

    public string Path { get; }

    public JournalHeader Header => _header!;

    /// <summary>The run's outcome in numbers; <see langword="null"/> if it was interrupted.</summary>
    public RunSummary? Summary { get; private set; }

    /// <summary>Where the last whole line ends.</summary>
    public long Length { get; private set; }

    /// <summary>Whether an incomplete line follows the last whole one.</summary>
    public bool IsTorn { get; private set; }

    /// <summary>The chain up to the last line.</summary>
    public DigestChain Chain { get; } = new();

    /// <summary>How many mailboxes were recorded.</summary>
    public int Count => _last.Count;

    /// <summary>The numbers of the lines that do not fit, if the journal was opened to salvage the intact ones.</summary>
    public List<long> Damaged { get; } = [];

    /// <summary>The run's key; <see langword="null"/> if it was destroyed, is missing, or is sealed and no matching private key was given.</summary>
    public JournalKey? Key { get; private set; }

    /// <summary>Reads and verifies a journal.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="salvage">Whether to skip lines that do not fit.</param>
    /// <param name="certificates">Certificates with private keys, for a key that is sealed.</param>
    /// <param name="lastDigest">The digest of the last line according to the index of runs; <see langword="null"/> if the index has none.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>, naming the line.</exception>
    public static async ValueTask<JournalFile> OpenAsync(
        string path, bool salvage = false, X509Certificate2Collection? certificates = null, string? lastDigest = null, CancellationToken cancellationToken = default)
    {
        var journal = new JournalFile(path);
        (journal.Length, journal.IsTorn) = await JournalReader.ReadAsync(path, (line, offset, text) => journal.Take(line, offset, text, salvage), cancellationToken).ConfigureAwait(false);
        if (journal._header is null)
        {
            throw JournalReader.Unreadable(path, 1, "It does not begin as a journal does.");
        }

        if (lastDigest is not null && lastDigest != journal.Chain.Last && !salvage)
        {
            throw JournalReader.Unreadable(path, "It does not end as the index of runs says: lines are missing at its end, or the file was replaced.");
        }

        journal.Key = JournalKey.Load(path) ?? journal.Unseal(certificates);
        return journal;
    }

    // A place is the offset of the line and the position of the change in it.
    private static long Place(long offset, int index) => (offset * FileJournal.ChangesInALine) + index;

    /// <summary>The last recorded change of each mailbox, in the order of the run; the receiver disposes of each password.</summary>
    public async IAsyncEnumerable<JournalEntry> ReadEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        using var lines = new Lines(this);
        foreach (var place in _last.InOrder())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return lines.Unsealed(place);
        }
    }

    /// <summary>The last recorded change of some mailboxes.</summary>
    public IReadOnlyList<RecordedChange?> Find(IReadOnlyList<MailboxAddress> mailboxes)
    {
        using var lines = new Lines(this);
        var found = new RecordedChange?[mailboxes.Count];
        for (var i = 0; i < found.Length; i++)
        {
            if (_last.TryFind(mailboxes[i], out var place, out var isLoggedOut))
            {
                found[i] = new RecordedChange(lines.Unsealed(place), isLoggedOut);
            }
        }

        return found;
    }

    /// <summary>The recorded mailboxes that <see cref="Find"/> was not asked for, in the order of the run.</summary>
    public IEnumerable<MailboxAddress> NotFoundYet()
    {
        var places = _last.InOrder(unaskedOnly: true);
        if (places.Length == 0)
        {
            yield break;
        }

        using var lines = new Lines(this);
        foreach (var place in places)
        {
            yield return lines.At(place).Account.Address;
        }
    }

    /// <summary>Whether session systems replaced copies of a mailbox's password.</summary>
    public bool HasCopies(MailboxAddress mailbox) => _copies.ContainsKey(mailbox);

    /// <summary>The copies of some mailboxes' passwords, in the order of the run.</summary>
    public IReadOnlyList<RecordedCopies> ReadCopies(IEnumerable<MailboxAddress> mailboxes)
    {
        var places = mailboxes.SelectMany(mailbox => _copies.GetValueOrDefault(mailbox) ?? []).ToList();
        if (places.Count == 0)
        {
            return [];
        }

        using var file = JournalReader.Open(Path);
        var buffer = new byte[4096];
        return places.ConvertAll(place => JournalReader.ReadAt(file, Path, place, ref buffer).Copies!);
    }

    private void Take(long line, long offset, ReadOnlySpan<byte> text, bool salvage)
    {
        if (!Chain.Fits(text, out var json))
        {
            // The first line may be of another version, or of another kind of file.
            if (line == 1)
            {
                _ = JournalReader.ParseHeader(text, Path);
            }

            if (line == 1 || !salvage)
            {
                throw JournalReader.Unreadable(Path, line, "It does not fit the line before it: one of them was changed, or lines are missing, doubled or in another order.");
            }

            Damaged.Add(line);
            return;
        }

        if (line == 1)
        {
            _header = JournalReader.ParseHeader(json, Path);
            return;
        }

        if (Summary is not null)
        {
            throw JournalReader.Unreadable(Path, line, "It comes after the end of the run.");
        }

        var parsed = JournalReader.Parse(json, Path, line);
        Summary = parsed.End;
        if (parsed.Entries is { } entries)
        {
            for (var i = 0; i < entries.Count; i++)
            {
                _last.Set(entries[i].Account.Address, Place(offset, i));
            }
        }
        else if (parsed.LoggedOut is { } names)
        {
            names.ForEach(_last.NoteLoggedOut);
        }
        else if (parsed.Copies is { } copies)
        {
            _copies.TryAdd(copies.Mailbox, []);
            _copies[copies.Mailbox].Add(offset);
        }
    }

    private JournalKey? Unseal(X509Certificate2Collection? certificates)
    {
        if (Header.Envelope is not { } envelope || certificates is not { Count: > 0 })
        {
            return null;
        }

        try
        {
            return JournalKey.FromEnvelope(envelope, certificates);
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            throw new MailPassException(ErrorIds.JournalUnreadable, $"The key of the journal '{Path}' does not open with this private key: {fault.Message}", "Name the private key of one of the run's recipients.", fault);
        }
    }

    /// <summary>Reads changes again by their places. It keeps the last line, because the changes of one line mostly come one after the other.</summary>
    private sealed class Lines(JournalFile journal) : IDisposable
    {
        private readonly SafeFileHandle _file = JournalReader.Open(journal.Path);
        private byte[] _buffer = new byte[16 * 1024];
        private long _offset = -1;
        private JournalLine _line = new();
        private Secret?[] _passwords = [];

        public JournalEntry At(long place)
        {
            var (offset, index) = Math.DivRem(place, FileJournal.ChangesInALine);
            if (offset != _offset)
            {
                LetGo();
                _line = JournalReader.ReadAt(_file, journal.Path, offset, ref _buffer);
                _offset = offset;
            }

            return index < _line.Entries?.Count ? _line.Entries[(int)index] : throw JournalReader.Unreadable(journal.Path, "It changed while it was read.");
        }

        /// <summary>A change with its password, if the key is there; the receiver disposes of it.</summary>
        public JournalEntry Unsealed(long place)
        {
            var entry = At(place);
            if (!entry.IsGenerated || journal.Key is null)
            {
                return entry;
            }

            var index = (int)(place % FileJournal.ChangesInALine);
            if (_passwords.Length == 0)
            {
                _passwords = Open(entry);
            }

            // Each password is handed over once; asking for the mailbox again opens the line again.
            var password = _passwords[index];
            _passwords[index] = null;
            if (password is null)
            {
                LetGo();
                return Unsealed(place);
            }

            return entry with { Password = password, IsGenerated = true };
        }

        public void Dispose()
        {
            LetGo();
            _file.Dispose();
        }

        private Secret?[] Open(JournalEntry entry)
        {
            try
            {
                return _line.SealedPasswords is { } box ? journal.Key!.Open(box, _line.Entries!) : [journal.Key!.Open(_line.SealedPassword!, entry.Account.Address)];
            }
            catch (CryptographicException)
            {
                throw JournalReader.Unreadable(journal.Path, $"The password of {entry.Account.Address} does not open with the run's key.");
            }
        }

        private void LetGo()
        {
            _offset = -1;
            foreach (var password in _passwords)
            {
                password?.Dispose();
            }

            _passwords = [];
        }
    }
}

/// <summary>A verified journal, as the resumed run reads it.</summary>
internal sealed class RecordedChanges(JournalFile journal) : IRecordedChanges
{
    public ValueTask<IReadOnlyList<RecordedChange?>> FindAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken) => new(journal.Find(mailboxes));

    public IEnumerable<MailboxAddress> NotAskedFor() => journal.NotFoundYet();
}
