using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.Platform;
using MailPass.Sessions;
using Microsoft.Win32.SafeHandles;

namespace MailPass.Journals;

/// <summary>Reads a journal's bytes: finds the lines and parses one line.</summary>
internal static class JournalReader
{
    // A note names at most some thousand mailboxes, of at most 254 bytes each.
    private const int LongLine = 64 * 1024;
    private const int LongestLine = 4 * 1024 * 1024;

    /// <summary>Opens a journal for reading, even while its run is under way.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public static SafeFileHandle Open(string path)
    {
        try
        {
            return Directory.Exists(path) ? throw Unreadable(path, "It is a folder.")
                : File.Exists(path) && !FileSystem.Current.IsRegularFile(path) ? throw Unreadable(path, "It is not a regular file.")
                : File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new MailPassException(ErrorIds.JournalUnreadable, $"The journal '{path}' cannot be read: {fault.Message}", null, fault);
        }
    }

    /// <summary>Reads whole lines and where each begins. It leaves out an incomplete line at the end.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="take">Takes each line: its number, where it begins, its bytes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Where the last whole line ends, and whether an incomplete one follows.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public static async ValueTask<(long Length, bool IsTorn)> ReadAsync(string path, LineTaker take, CancellationToken cancellationToken)
    {
        using var file = Open(path);
        var buffer = new byte[LongLine];
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
                take(++line, offset - filled + start, buffer.AsSpan(start, length));
                start += length + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (read == 0)
            {
                return (offset - filled, filled > 0);
            }

            if (filled == buffer.Length)
            {
                if (filled >= LongestLine)
                {
                    throw Unreadable(path, line + 1, "The line is longer than any that MailPass writes.");
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    /// <summary>Reads the line that begins at an offset, without its digest.</summary>
    public static JournalLine ReadAt(SafeFileHandle file, string path, long offset, ref byte[] buffer)
    {
        while (true)
        {
            var length = buffer.AsSpan(0, RandomAccess.Read(file, buffer, offset)).IndexOf((byte)'\n');
            if (length > DigestChain.SuffixLength)
            {
                return Parse(buffer.AsSpan(0, length - DigestChain.SuffixLength), path, line: 0);
            }

            if (length >= 0 || buffer.Length >= LongestLine)
            {
                throw Unreadable(path, "It changed while it was read.");
            }

            buffer = new byte[buffer.Length * 2];
        }
    }

    /// <summary>The last whole line.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public static ReadOnlySpan<byte> LastLine(string path)
    {
        using var file = Open(path);
        var tail = new byte[(int)Math.Min(LongLine, RandomAccess.GetLength(file))];
        var whole = tail.AsSpan(0, RandomAccess.Read(file, tail, RandomAccess.GetLength(file) - tail.Length));
        whole = whole[..Math.Max(0, whole.LastIndexOf((byte)'\n'))];
        return whole[(whole.LastIndexOf((byte)'\n') + 1)..];
    }

    /// <summary>Reads the header.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public static JournalHeader ParseHeader(ReadOnlySpan<byte> text, string path)
    {
        try
        {
            var json = new Utf8JsonReader(text);
            json.Read();
            json.Read();
            if (json.TokenType is not JsonTokenType.PropertyName || !json.ValueTextEquals("mailpass-journal"u8))
            {
                throw Unreadable(path, 1, "It does not begin as a journal does.");
            }

            json.Read();
            if (json.GetInt32() is var version and not (FileJournal.FormatVersion or 2))
            {
                throw Unreadable(path, 1, $"Its format is {version}; this MailPass reads formats 2 and {FileJournal.FormatVersion}.");
            }

            return json.Read() && json.Read() && json.TokenType is JsonTokenType.StartObject
                && JsonSerializer.Deserialize(ref json, JournalJson.Default.JournalHeader) is { } header && header.IsWhole()
                ? header
                : throw Unreadable(path, 1, "It does not begin as a journal does.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or NotSupportedException)
        {
            throw Unreadable(path, 1, "It does not begin as a journal does.");
        }
    }

    /// <summary>Parses a line after the first.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>; never quotes the line, which may hold a hash.</exception>
    public static JournalLine Parse(ReadOnlySpan<byte> text, string path, long line)
    {
        try
        {
            var json = new Utf8JsonReader(text);
            return Read(ref json) ?? throw Unreadable(path, line, "A field is missing or is not an address.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw Unreadable(path, line, "It is not a line of a journal.");
        }
    }

    public static MailPassException Unreadable(string path, long line, string reason) => new(ErrorIds.JournalUnreadable, $"Line {line} of the journal '{path}' cannot be read. {reason}");

    public static MailPassException Unreadable(string path, string reason) => new(ErrorIds.JournalUnreadable, $"The journal '{path}' cannot be read. {reason}");

    private static JournalLine? Read(ref Utf8JsonReader json)
    {
        string? mailbox = null, key = null, oldHash = null, newHash = null, copies = null, system = null;
        Bookkeeping? bookkeeping = null;
        byte[]? password = null, passwords = null;
        List<JournalEntry>? changes = null;
        var rows = new List<ReplacedCopy>();
        var (lost, isNote) = (0, false);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "changes": changes = ReadChanges(ref json); break;
                case "passwords": passwords = json.GetBytesFromBase64(); break;
                case "m": mailbox = json.GetString(); break;
                case "k": key = json.GetString(); break;
                case "o": oldHash = json.GetString(); break;
                case "b": bookkeeping = ReadBookkeeping(ref json); break;
                case "n": newHash = json.GetString(); break;
                case "p": password = json.GetBytesFromBase64(); break;
                case "out": return new JournalLine { LoggedOut = ReadNames(ref json) };
                case "end": return JsonSerializer.Deserialize(ref json, JournalJson.Default.RunSummary) is { } end && end.IsWhole() ? new JournalLine { End = end } : null;
                case "copies": copies = json.GetString(); break;
                case "system": system = json.GetString(); break;
                case "rows": ReadRows(ref json, rows); break;
                case "lost": lost = json.GetInt32(); break;
                case "settled" or "resumed": isNote = true; break;
                default: json.Skip(); break;
            }
        }

        if (isNote)
        {
            return new JournalLine();
        }

        if (changes is not null)
        {
            return changes.Count is 0 or > FileJournal.ChangesInALine ? null : new JournalLine
            {
                Entries = passwords is null ? changes : changes.ConvertAll(entry => entry with { IsGenerated = true }),
                SealedPasswords = passwords,
            };
        }

        if (!MailboxAddress.TryParse(mailbox ?? copies, out var address, out _))
        {
            return null;
        }

        return copies is not null ? new JournalLine { Copies = new RecordedCopies(address, system ?? string.Empty, rows, lost) }
            : key is null || newHash is null ? null
            : new JournalLine
            {
                Entries = [new JournalEntry(new MailboxAccount { Address = address, StoreKey = key, PasswordHash = oldHash, Bookkeeping = bookkeeping }, null, newHash) { IsGenerated = password is not null }],
                SealedPassword = password,
            };
    }

    private static List<JournalEntry> ReadChanges(ref Utf8JsonReader json)
    {
        var changes = new List<JournalEntry>(FileJournal.ChangesInALine);
        while (json.Read() && json.TokenType is JsonTokenType.StartArray)
        {
            var address = MailboxAddress.TryParse(Next(ref json), out var parsed, out _) ? parsed : throw new FormatException();
            changes.Add(new JournalEntry(
                new MailboxAccount
                {
                    Address = address,
                    StoreKey = Next(ref json) ?? address.Value,
                    PasswordHash = Next(ref json),
                    Bookkeeping = json.Read() ? ReadBookkeeping(ref json) : null,
                },
                null,
                Next(ref json) ?? throw new FormatException()));
            json.Read();
        }

        return changes;

        static string? Next(ref Utf8JsonReader json)
        {
            json.Read();
            return json.GetString();
        }
    }

    // Format 2, and format 3 before its release, have the object as a text.
    private static Bookkeeping? ReadBookkeeping(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => Bookkeeping.Parse(json.GetString()!),
        _ => Bookkeeping.Read(ref json),
    };

    private static List<MailboxAddress> ReadNames(ref Utf8JsonReader json)
    {
        var names = new List<MailboxAddress>();
        while (json.Read() && json.TokenType is JsonTokenType.String)
        {
            if (MailboxAddress.TryParse(json.GetString(), out var address, out _))
            {
                names.Add(address);
            }
        }

        return names;
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
}

/// <summary>Takes a line of a journal.</summary>
/// <param name="line">Its number, from 1.</param>
/// <param name="offset">Where it begins.</param>
/// <param name="text">Its bytes, without its end.</param>
internal delegate void LineTaker(long line, long offset, ReadOnlySpan<byte> text);
