using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace MailPass.Policy;

/// <summary>
/// A file of SHA-1 hashes of passwords known from breaches, as Have I Been Pwned publishes it
/// (https://haveibeenpwned.com/Passwords): one <c>HASH:count</c> per line, 40 hexadecimal digits, ascending, any line ends.
/// It may have any size: a look-up reads a few hundred bytes at some places. Thread-safe.
/// </summary>
public sealed class BreachedPasswordList : IDisposable
{
    private const int HashSize = SHA1.HashSizeInBytes;

    /// <summary>40 digits, a colon, a count and a line end; a list's lines are shorter still.</summary>
    private const int LongestLine = 64;

    /// <summary>A stretch this short is read and scanned whole.</summary>
    private const int BlockSize = 4096;

    /// <summary>How many places are checked when it is opened, to detect early that a file is not a sorted list.</summary>
    private const int Samples = 64;

    private readonly SafeFileHandle _file;
    private readonly long _start;
    private readonly long _end;

    private BreachedPasswordList(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
        _start = StartOfText();
        _end = EndOfText();
        if (_start >= _end)
        {
            throw new MailPassException(ErrorIds.PolicyInvalid, $"The breached-password list '{path}' is empty.");
        }

        LookAtSamples();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Opens a list and checks samples of it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyInvalid"/>: it cannot be read, is empty, is in another format, or is not sorted.</exception>
    public static BreachedPasswordList Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
            return new BreachedPasswordList(path, file);
        }
        catch (Exception fault)
        {
            file?.Dispose();
            if (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
            {
                throw Unreadable(path, fault);
            }

            throw;
        }
    }

    /// <summary>Whether a password is in the list.</summary>
    /// <param name="sha1">The SHA-1 of its UTF-8, 20 bytes.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyInvalid"/>: the file cannot be read or turns out not to be sorted.</exception>
    /// <exception cref="ObjectDisposedException">The list was closed.</exception>
    public bool Contains(ReadOnlySpan<byte> sha1)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sha1.Length, HashSize);
        try
        {
            return Find(sha1);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(Path, fault);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>
    /// A binary search over places in the file. Every line before <c>low</c> is less than the hash, every line from
    /// <c>high</c> on is greater, and both are starts of lines.
    /// </summary>
    private bool Find(ReadOnlySpan<byte> sha1)
    {
        Span<byte> lowHash = stackalloc byte[HashSize];
        Span<byte> highHash = stackalloc byte[HashSize];
        Span<byte> hash = stackalloc byte[HashSize];
        lowHash.Clear();
        highHash.Fill(0xFF);
        var (low, high) = (_start, _end);
        for (var step = 0; high - low > BlockSize; step++)
        {
            // Hashes are spread evenly, so a hash's value predicts its place. Every other step halves the range nevertheless, for a
            // list that holds only a part of them.
            var place = low + (step % 2 == 0 ? Share(high - low, sha1, lowHash, highHash) : (high - low) / 2);
            var (lineStart, nextLine) = ReadLineFrom(Math.Min(place, high - (2 * LongestLine)), hash);
            if ((low > _start && hash.SequenceCompareTo(lowHash) <= 0) || (high < _end && hash.SequenceCompareTo(highHash) >= 0))
            {
                throw NotSorted(lineStart);
            }

            switch (sha1.SequenceCompareTo(hash))
            {
                case 0:
                    return true;
                case > 0:
                    low = nextLine;
                    hash.CopyTo(lowHash);
                    break;
                default:
                    high = lineStart;
                    hash.CopyTo(highHash);
                    break;
            }
        }

        return Scan(low, high, sha1);
    }

    /// <summary>Looks at each line of a short stretch.</summary>
    private bool Scan(long low, long high, ReadOnlySpan<byte> sha1)
    {
        Span<byte> block = stackalloc byte[BlockSize];
        Span<byte> hash = stackalloc byte[HashSize];
        Span<byte> before = stackalloc byte[HashSize];
        var text = block[..ReadAt(low, block[..(int)(high - low)])];
        var isFound = false;
        for (var at = 0; at < text.Length;)
        {
            var length = LineLength(text[at..], low + at);
            ParseLine(text.Slice(at, length), low + at, hash);
            if (at > 0 && hash.SequenceCompareTo(before) <= 0)
            {
                throw NotSorted(low + at);
            }

            isFound |= sha1.SequenceEqual(hash);
            hash.CopyTo(before);
            at += length;
        }

        return isFound;
    }

    /// <summary>How far into a stretch a hash should lie if the hashes between its ends are spread evenly.</summary>
    private static long Share(long length, ReadOnlySpan<byte> sha1, ReadOnlySpan<byte> lowHash, ReadOnlySpan<byte> highHash)
    {
        double low = BinaryPrimitives.ReadUInt64BigEndian(lowHash);
        double high = BinaryPrimitives.ReadUInt64BigEndian(highHash);
        var share = high > low ? (BinaryPrimitives.ReadUInt64BigEndian(sha1) - low) / (high - low) : 0.5;
        return (long)(length * Math.Clamp(share, 0, 1));
    }

    /// <summary>Reads the first line that begins at a place or after it.</summary>
    private (long Start, long Next) ReadLineFrom(long place, Span<byte> hash)
    {
        Span<byte> window = stackalloc byte[(2 * LongestLine) + 1];
        // One byte earlier: if that is a line's end, a line begins at the place itself.
        var from = place == _start ? place : place - 1;
        var text = window[..ReadAt(from, window)];
        var at = from == _start && place == _start ? 0 : text.IndexOf((byte)'\n') + 1;
        if (at == 0 && place != _start)
        {
            throw NoList(from);
        }

        var length = LineLength(text[at..], from + at);
        ParseLine(text.Slice(at, length), from + at, hash);
        return (from + at, from + at + length);
    }

    private int ReadAt(long from, Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, _end - from)];
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = RandomAccess.Read(_file, buffer[filled..], from + filled);
            if (read == 0)
            {
                throw new EndOfStreamException("The file has become shorter while it was in use.");
            }

            filled += read;
        }

        return filled;
    }

    /// <summary>The length of a line with its end; the last line need have none.</summary>
    private int LineLength(ReadOnlySpan<byte> text, long place)
    {
        var end = text[..Math.Min(text.Length, LongestLine)].IndexOf((byte)'\n');
        return end >= 0 ? end + 1 : text.Length <= LongestLine ? text.Length : throw NoList(place);
    }

    private void ParseLine(ReadOnlySpan<byte> line, long place, Span<byte> hash)
    {
        line = line.TrimEnd("\r\n"u8);
        if (line.Length < 2 * HashSize || !TryFromHex(line[..(2 * HashSize)], hash) || !IsCount(line[(2 * HashSize)..]))
        {
            throw NoList(place);
        }
    }

    private static bool IsCount(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text[0] == ':' && text.Length > 1 && !text[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'));

    private static bool TryFromHex(ReadOnlySpan<byte> digits, Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!Utf8Parser.TryParse(digits.Slice(2 * i, 2), out byte value, out var consumed, 'x') || consumed != 2)
            {
                return false;
            }

            bytes[i] = value;
        }

        return true;
    }

    private long StartOfText()
    {
        Span<byte> mark = stackalloc byte[3];
        return RandomAccess.Read(_file, mark, 0) == 3 && mark.SequenceEqual("\uFEFF"u8) ? 3 : 0;
    }

    /// <summary>Where the last line ends, empty lines after it passed over.</summary>
    private long EndOfText()
    {
        Span<byte> tail = stackalloc byte[LongestLine];
        var length = RandomAccess.GetLength(_file);
        var from = Math.Max(_start, length - tail.Length);
        var text = tail[..RandomAccess.Read(_file, tail[..(int)Math.Max(0, length - from)], from)];
        return from + text.TrimEnd("\r\n"u8).Length;
    }

    private void LookAtSamples()
    {
        Span<byte> hash = stackalloc byte[HashSize];
        Span<byte> before = stackalloc byte[HashSize];
        var placeBefore = -1L;
        for (var i = 0; i < Samples; i++)
        {
            var place = _start + (long)((_end - _start) * (i / (double)Samples));
            if (i > 0 && place > _end - (2 * LongestLine))
            {
                break;
            }

            var (lineStart, _) = ReadLineFrom(place, hash);
            if (lineStart > placeBefore && placeBefore >= 0 && hash.SequenceCompareTo(before) <= 0)
            {
                throw NotSorted(lineStart);
            }

            placeBefore = lineStart;
            hash.CopyTo(before);
        }

        // A short list is looked at whole.
        if (_end - _start <= BlockSize)
        {
            Scan(_start, _end, before);
        }
    }

    private MailPassException NotSorted(long place) => new(
        ErrorIds.PolicyInvalid,
        string.Create(CultureInfo.InvariantCulture, $"The breached-password list '{Path}' is not in ascending order at byte {place}, so nothing can be looked up in it."),
        "Use the list ordered by hash, or sort it by bytes (LC_ALL=C sort) without duplicate lines.");

    private MailPassException NoList(long place) => new(
        ErrorIds.PolicyInvalid,
        string.Create(CultureInfo.InvariantCulture, $"The breached-password list '{Path}' has a line near byte {place} that is not HASH:count with a SHA-1 of 40 hexadecimal digits."),
        "Take the SHA-1 list of Have I Been Pwned (not NTLM, not compressed).");

    private static MailPassException Unreadable(string path, Exception fault) => new(
        ErrorIds.PolicyInvalid, $"The breached-password list '{path}' cannot be read: {fault.Message}", innerException: fault);
}
