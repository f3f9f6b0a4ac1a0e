using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MailPass.Import;

/// <summary>
/// Reads delimited text (RFC 4180) record by record, in flat memory. Fields are handed out as spans of one buffer that
/// does not move and is overwritten in the end, so that a password is never an ordinary string on its way in: that,
/// and exact line numbers, is why this is our own.
/// </summary>
/// <remarks>
/// Lines end in LF, CRLF or CR. A field that begins with a quote may hold delimiters, line ends and doubled quotes;
/// a quote anywhere else stands for itself. Records with only empty fields are skipped. A record with a
/// <see cref="Fault"/> is its first line alone: a stray quote must not take the lines below with it.
/// </remarks>
internal sealed class CsvReader(Stream stream, Encoding? encoding = null) : IDisposable
{
    /// <summary>A record longer than this has a fault.</summary>
    public const int MaximumRecordLength = 1 << 20;

    private static readonly string TooLong = $"The row does not end within {MaximumRecordLength} characters; a quote may be opened and never closed.";

    private readonly TextSource _text = new(stream, encoding);
    private readonly List<Field> _fields = [];
    private char[] _buffer = GC.AllocateUninitializedArray<char>(32 * 1024, pinned: true);
    private int _start;
    private int _end;
    private bool _ended;
    private bool _full;
    private bool _skipping;
    private long _nextLine = 1;

    /// <summary>The delimiter; may be changed between records.</summary>
    public char Delimiter { get; set; } = ',';

    /// <summary>How many fields the record has.</summary>
    public int FieldCount => _fields.Count;

    /// <summary>The line, counted from 1, on which the record begins.</summary>
    public long Line { get; private set; }

    /// <summary>What is wrong with the record, as a sentence without its content; <see langword="null"/> if nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>The encoding that the text turned out to have.</summary>
    public string EncodingName => _text.EncodingName;

    /// <summary>About how many bytes of the input the records so far took; one byte is counted for a character that waits.</summary>
    public long BytesDone => Math.Max(0, _text.BytesRead - _text.BytesWaiting - (_end - _start));

    /// <summary>A field of the record, valid until the next one is read.</summary>
    public ReadOnlySpan<char> this[int index]
    {
        get
        {
            var field = _fields[index];
            return _buffer.AsSpan(field.Start, field.Length);
        }
    }

    /// <summary>Goes to the next record.</summary>
    /// <param name="cancellationToken">Stops waiting for input.</param>
    /// <returns><see langword="false"/> at the end.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_skipping && !TrySkipLine())
            {
                await FillAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            var begin = _start;
            if (!TryScan())
            {
                await FillAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (_start == begin)
            {
                return false;
            }

            if (!IsBlank())
            {
                Unescape();
                return true;
            }
        }
    }

    /// <summary>The text of the next line that is not empty, without consuming it; cut short if it is too long.</summary>
    /// <param name="cancellationToken">Stops waiting for input.</param>
    public async ValueTask<ReadOnlyMemory<char>> PeekLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var rest = _buffer.AsMemory(_start, _end - _start);
            var length = rest.Span.IndexOfAny('\n', '\r');
            if (length > 0)
            {
                return rest[..length];
            }

            if (length == 0 && (rest.Length > 1 || _ended))
            {
                _start += rest.Span.StartsWith("\r\n") ? 2 : 1;
                _nextLine++;
                continue;
            }

            if (_ended || rest.Length >= MaximumRecordLength)
            {
                return rest;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        Overwrite(_buffer);
        _text.Dispose();
    }

    private static void Overwrite(char[] buffer) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(buffer.AsSpan()));

    // Finds one whole record and the places of its fields; false if the buffer ends before the record does.
    private bool TryScan()
    {
        _fields.Clear();
        Fault = null;
        var position = _start;
        long breaks = 0;
        while (true)
        {
            var rest = _buffer.AsSpan(position, _end - position);
            var quoted = rest.Length > 0 && rest[0] == '"';
            if (quoted)
            {
                if (!TryScanQuoted(rest, out var length, out var escaped, ref breaks))
                {
                    return false;
                }

                _fields.Add(new Field(position + 1, length, escaped));
                position = Math.Min(position + length + 2, _end);
                rest = _buffer.AsSpan(position, _end - position);
            }

            var stop = rest.IndexOfAny(Delimiter, '\n', '\r');
            if (stop < 0 && !_ended)
            {
                if (!_full)
                {
                    return false;
                }

                Fault ??= TooLong;
            }

            stop = stop < 0 ? rest.Length : stop;
            if (!quoted)
            {
                _fields.Add(new Field(position, stop, HasDoubledQuotes: false));
            }
            else if (stop > 0)
            {
                Fault = "There is text between a closing quote and the next delimiter; a quote within a quoted field must be doubled.";
            }

            position += stop;
            if (position < _end && _buffer[position] == Delimiter)
            {
                position++;
                continue;
            }

            if (position < _end)
            {
                if (_buffer[position] == '\r' && position + 1 == _end && !_ended && !_full)
                {
                    return false;
                }

                position += _buffer[position] == '\r' && position + 1 < _end && _buffer[position + 1] == '\n' ? 2 : 1;
                breaks++;
            }

            Line = _nextLine;
            if (Fault is null)
            {
                _nextLine += breaks;
                _start = position;
            }
            else
            {
                EndAtFirstLine(position);
            }

            _full = false;
            return true;
        }
    }

    // The fault belongs to the first line alone, although the scan may have read many.
    private void EndAtFirstLine(int scanned)
    {
        var length = _buffer.AsSpan(_start, scanned - _start).IndexOfAny('\n', '\r');
        var end = length < 0 ? scanned : _start + length;
        _fields.RemoveAll(field => field.Start > end);
        foreach (ref var field in CollectionsMarshal.AsSpan(_fields))
        {
            field = field with { Length = Math.Min(field.Length, end - field.Start) };
        }

        // The rest, and the line's end, are passed over with the next read, which may have to fetch them first.
        _start = end;
        _skipping = true;
    }

    private bool TrySkipLine()
    {
        var length = _buffer.AsSpan(_start, _end - _start).IndexOfAny('\n', '\r');
        _start = length < 0 ? _end : _start + length;
        if (_start == _end || (_buffer[_start] == '\r' && _start + 1 == _end))
        {
            _skipping = !_ended;
            _start = _ended ? _end : _start;
            return _ended;
        }

        _start += _buffer[_start] == '\r' && _buffer[_start + 1] == '\n' ? 2 : 1;
        _nextLine++;
        _skipping = false;
        return true;
    }

    // The content of a quoted field, without its two quotes; `text` begins with the first.
    private bool TryScanQuoted(ReadOnlySpan<char> text, out int length, out bool doubled, ref long breaks)
    {
        length = 0;
        doubled = false;
        var position = 1;
        while (true)
        {
            var quote = text[position..].IndexOf('"');
            if (quote < 0)
            {
                if (!_ended && !_full)
                {
                    return false;
                }

                Fault = "A quote is opened and never closed.";
                length = text.Length - 1;
                break;
            }

            position += quote;
            if (position + 1 < text.Length && text[position + 1] == '"')
            {
                doubled = true;
                position += 2;
                continue;
            }

            if (position + 1 == text.Length && !_ended)
            {
                if (!_full)
                {
                    return false;
                }

                Fault = TooLong;
            }

            length = position - 1;
            break;
        }

        breaks += CountBreaks(text.Slice(1, length));
        return true;
    }

    private static long CountBreaks(ReadOnlySpan<char> text)
    {
        long breaks = 0;
        while (true)
        {
            var at = text.IndexOfAny('\n', '\r');
            if (at < 0)
            {
                return breaks;
            }

            breaks++;
            text = text[(at + (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1))..];
        }
    }

    private bool IsBlank() => Fault is null && _fields.TrueForAll(field => field.Length == 0);

    private void Unescape()
    {
        foreach (ref var field in CollectionsMarshal.AsSpan(_fields))
        {
            if (!field.HasDoubledQuotes)
            {
                continue;
            }

            var text = _buffer.AsSpan(field.Start, field.Length);
            var length = 0;
            for (var i = 0; i < text.Length; i++)
            {
                text[length++] = text[i];
                if (text[i] == '"')
                {
                    i++;
                }
            }

            field = new Field(field.Start, length, HasDoubledQuotes: false);
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_buffer.Length - _end < _buffer.Length / 2)
        {
            if (_end >= MaximumRecordLength)
            {
                _full = true;
                return;
            }

            var larger = GC.AllocateUninitializedArray<char>(_buffer.Length * 2, pinned: true);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            Overwrite(_buffer);
            _buffer = larger;
        }

        var read = await _text.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        _ended = read == 0;
    }

    private readonly record struct Field(int Start, int Length, bool HasDoubledQuotes);
}
