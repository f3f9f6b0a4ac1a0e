namespace MailPass.Stores.PasswdFile;

/// <summary>Reads a file line by line as bytes, line ends included, in one buffer.</summary>
/// <param name="file">The file; it stays the caller's.</param>
internal sealed class LineReader(Stream file)
{
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>Reads the next line.</summary>
    /// <param name="line">The line with its end, valid until the next call; the last line may have none.</param>
    /// <returns><see langword="false"/> at the end of the file.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan((_start + searched).._end).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = _buffer.AsSpan(_start, searched + at + 1);
                _start += line.Length;
                return true;
            }

            searched = _end - _start;
            if (_atEnd)
            {
                line = _buffer.AsSpan(_start, searched);
                _start = _end;
                return searched > 0;
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        else if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = file.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEnd = read == 0;
    }
}
