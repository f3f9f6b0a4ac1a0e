using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;

namespace MailPass.Changes;

/// <summary>Reads what a <see cref="FileJournal"/> wrote, line by line, in flat memory.</summary>
public static class JournalReader
{
    // An address, a store key, two hashes and a password, with room to spare. The note about a batch names all whom the
    // store refused, which may be all of it.
    private const int LongLine = 64 * 1024;
    private const int LongestLine = 64 * 1024 * 1024;

    private static ReadOnlySpan<byte> CopiesBegin => "{\"settled\":0,\"copies\""u8;

    /// <summary>Reads a journal's changes in the order they were recorded.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The changes; the receiver disposes of each password. A cut-off last line is passed over: its batch never reached the store.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>, naming the line.</exception>
    public static async IAsyncEnumerable<JournalEntry> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var line in ReadLinesAsync(path, onlyCopies: false, cancellationToken).ConfigureAwait(false))
        {
            if (line.Entry is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <summary>Finds the notes on copies of passwords: the notes themselves stay in the file, where <see cref="ReadCopies"/> finds them.</summary>
    /// <returns>For each mailbox of which a session system replaced copies, where its notes are.</returns>
    internal static async Task<Dictionary<MailboxAddress, List<long>>> FindCopiesAsync(string path, CancellationToken cancellationToken)
    {
        var places = new Dictionary<MailboxAddress, List<long>>();
        await foreach (var line in ReadLinesAsync(path, onlyCopies: true, cancellationToken).ConfigureAwait(false))
        {
            if (line.Copies is { } copies)
            {
                places.TryAdd(copies.Mailbox, []);
                places[copies.Mailbox].Add(line.Offset);
            }
        }

        return places;
    }

    /// <summary>Reads notes that <see cref="FindCopiesAsync"/> found, in the order of their places.</summary>
    internal static IReadOnlyList<RecordedCopies> ReadCopies(string path, IEnumerable<long> places)
    {
        using var file = Open(path);
        var text = new byte[LongLine];
        return [.. places.Select(Read)];

        RecordedCopies Read(long place)
        {
            var length = text.AsSpan(0, RandomAccess.Read(file, text, place)).IndexOf((byte)'\n');
            return (length < 0 ? null : Parse(text.AsSpan(0, length), path, line: 2)?.Copies) ?? throw Unreadable(path, 0, "It changed while it was read.");
        }
    }

    /// <summary>Reads a journal line by line, the notes on batches too.</summary>
    internal static async IAsyncEnumerable<JournalLine> ReadLinesAsync(string path, bool onlyCopies, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var file = Open(path);
        var buffer = GC.AllocateUninitializedArray<byte>(LongLine, pinned: true);
        try
        {
            var (filled, offset, line) = (0, 0L, 0L);
            while (true)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(filled), offset, cancellationToken).ConfigureAwait(false);
                offset += read;
                filled += read;
                var start = 0;
                int length;
                while ((length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0)
                {
                    line++;
                    if ((!onlyCopies || line == 1 || buffer.AsSpan(start, length).StartsWith(CopiesBegin)) && Parse(buffer.AsSpan(start, length), path, line) is { } parsed)
                    {
                        yield return parsed with { Offset = offset - filled + start };
                    }

                    start += length + 1;
                }

                buffer.AsSpan(start, filled - start).CopyTo(buffer);
                filled -= start;
                if (read == 0)
                {
                    yield break;
                }

                if (filled == buffer.Length)
                {
                    buffer = filled < LongestLine ? Enlarge(buffer) : throw Unreadable(path, line + 1, "The line is longer than any that MailPass writes.");
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static byte[] Enlarge(byte[] buffer)
    {
        var larger = GC.AllocateUninitializedArray<byte>(buffer.Length * 2, pinned: true);
        buffer.CopyTo(larger, 0);
        CryptographicOperations.ZeroMemory(buffer);
        return larger;
    }

    private static Microsoft.Win32.SafeHandles.SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.JournalUnreadable, $"The journal '{path}' cannot be read: {fault.Message}", null, fault);
        }
    }

    private static JournalLine? Parse(ReadOnlySpan<byte> text, string path, long line)
    {
        try
        {
            var json = new Utf8JsonReader(text);
            if (line == 1)
            {
                CheckHeader(ref json, path);
                return null;
            }

            return ReadLine(ref json, path, line);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            // The fault's own text may quote the line, and the line may hold a password.
            throw Unreadable(path, line, "It is no line of a journal.");
        }
    }

    private static void CheckHeader(ref Utf8JsonReader json, string path)
    {
        json.Read();
        json.Read();
        if (!json.ValueTextEquals("mailpass-journal"u8))
        {
            throw Unreadable(path, 1, "It does not begin as a journal does.");
        }

        json.Read();
        if (json.GetInt32() != FileJournal.FormatVersion)
        {
            throw Unreadable(path, 1, $"Its format is {json.GetInt32()}; this MailPass reads format {FileJournal.FormatVersion}.");
        }
    }

    private static JournalLine ReadLine(ref Utf8JsonReader json, string path, long line)
    {
        string? mailbox = null, key = null, oldHash = null, newHash = null;
        Bookkeeping? bookkeeping = null;
        Secret? password = null;
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "m": mailbox = json.GetString(); break;
                case "k": key = json.GetString(); break;
                case "o": oldHash = json.GetString(); break;
                case "b": bookkeeping = json.GetString() is { } text ? Bookkeeping.Parse(text) : null; break;
                case "n": newHash = json.GetString(); break;
                case "p": password = ReadSecret(ref json); break;
                case "settled": return ReadNote(ref json);
                default: json.Skip(); break;
            }
        }

        if (key is null || newHash is null || !MailboxAddress.TryParse(mailbox, out var address, out _))
        {
            password?.Dispose();
            throw Unreadable(path, line, "A field is missing or is no address.");
        }

        return new JournalLine(new JournalEntry(new MailboxAccount { Address = address, StoreKey = key, PasswordHash = oldHash, Bookkeeping = bookkeeping }, password, newHash));
    }

    private static JournalLine ReadNote(ref Utf8JsonReader json)
    {
        var refused = new HashSet<MailboxAddress>();
        MailboxAddress? copied = null;
        var system = string.Empty;
        var rows = new List<ReplacedCopy>();
        var lost = 0;
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "refused": ReadRefused(ref json, refused); break;
                case "copies": copied = MailboxAddress.TryParse(json.GetString(), out var address, out _) ? address : null; break;
                case "system": system = json.GetString() ?? string.Empty; break;
                case "rows": ReadRows(ref json, rows); break;
                case "lost": lost = json.GetInt32(); break;
                default: json.Skip(); break;
            }
        }

        return copied is null ? new JournalLine(Refused: refused) : new JournalLine(Copies: new RecordedCopies(copied, system, rows, lost));
    }

    private static void ReadRefused(ref Utf8JsonReader json, HashSet<MailboxAddress> refused)
    {
        while (json.Read() && json.TokenType is JsonTokenType.String)
        {
            if (MailboxAddress.TryParse(json.GetString(), out var address, out _))
            {
                refused.Add(address);
            }
        }
    }

    private static void ReadRows(ref Utf8JsonReader json, List<ReplacedCopy> rows)
    {
        while (json.Read() && json.TokenType is JsonTokenType.StartArray)
        {
            json.Read();
            var row = json.GetInt64();
            json.Read();
            var column = json.GetString()!;
            json.Read();
            var before = json.GetString()!;
            json.Read();
            rows.Add(new ReplacedCopy(row, column, before, json.GetString()!));
            json.Read();
        }
    }

    private static Secret ReadSecret(ref Utf8JsonReader json)
    {
        Span<byte> unescaped = stackalloc byte[json.ValueSpan.Length];
        var length = json.CopyString(unescaped);
        var secret = Secret.FromUtf8(unescaped[..length]);
        CryptographicOperations.ZeroMemory(unescaped);
        return secret;
    }

    private static MailPassException Unreadable(string path, long line, string reason) =>
        new(ErrorIds.JournalUnreadable, $"Line {line} of the journal '{path}' cannot be read. {reason}");
}

/// <summary>A line of a journal.</summary>
/// <param name="Entry">A recorded change; its password is the receiver's.</param>
/// <param name="Refused">The note on a batch: the mailboxes whose new hash the store did not take. They may be recorded once more.</param>
/// <param name="Copies">The note on copies of a mailbox's password that a session system was about to replace.</param>
/// <param name="Offset">Where the line begins.</param>
internal readonly record struct JournalLine(JournalEntry? Entry = null, IReadOnlySet<MailboxAddress>? Refused = null, RecordedCopies? Copies = null, long Offset = 0);

/// <summary>Copies of a mailbox's password that a session system was about to replace.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="System">The system, by <see cref="ISessionAuthority.Name"/>.</param>
/// <param name="Rows">The copies as the journal may have them.</param>
/// <param name="Lost">How many further ones it may not have.</param>
internal sealed record RecordedCopies(MailboxAddress Mailbox, string System, IReadOnlyList<ReplacedCopy> Rows, int Lost);
