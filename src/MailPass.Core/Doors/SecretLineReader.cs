using System.Security.Cryptography;

namespace MailPass.Doors;

/// <summary>The outcome of reading a line.</summary>
internal enum LineKind
{
    /// <summary>A line is there.</summary>
    Line,

    /// <summary>The line is too long for the reader; nothing can be read after it.</summary>
    TooLong,

    /// <summary>The other side ended. An incomplete line does not count: half of a password must not become one.</summary>
    End,
}

/// <summary>Lines with passwords in them, from a stream: every byte as it came, in a buffer of one size that is pinned and overwritten.</summary>
/// <param name="stream">The stream; it stays the caller's.</param>
/// <param name="longest">The most bytes of a line, without its end.</param>
internal sealed class SecretLineReader(Stream stream, int longest) : IDisposable
{
    // One more for the carriage return, and one for the line feed.
    private readonly byte[] _buffer = GC.AllocateArray<byte>(longest + 2, pinned: true);
    private int _start;
    private int _end;
    private Range _line;

    /// <summary>The line that was read, without <c>LF</c> or <c>CR LF</c>; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_line);

    /// <summary>Reads the next line.</summary>
    /// <param name="cancellationToken">Stops the waiting, also on a stream that cannot be stopped itself.</param>
    /// <exception cref="OperationCanceledException">It was stopped; the reader must not be used any more.</exception>
    public async ValueTask<LineKind> ReadAsync(CancellationToken cancellationToken)
    {
        Forget();
        for (var seen = 0; ;)
        {
            var feed = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                var length = seen + feed;
                _line = _start..(_start + length - (length > 0 && _buffer[_start + length - 1] == '\r' ? 1 : 0));
                _start += length + 1;
                return Line.Length <= longest ? LineKind.Line : LineKind.TooLong;
            }

            seen = _end - _start;
            if (_end == _buffer.Length)
            {
                if (_start == 0)
                {
                    return LineKind.TooLong;
                }

                MoveToFront();
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return LineKind.End;
            }

            _end += read;
        }
    }

    /// <summary>Overwrites the line that was read.</summary>
    public void Forget()
    {
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(0, _start));
        _line = default;
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_buffer);

    private void MoveToFront()
    {
        var length = _end - _start;
        _buffer.AsSpan(_start, length).CopyTo(_buffer);
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(length));
        (_start, _end) = (0, length);
    }
}
