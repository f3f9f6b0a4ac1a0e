namespace MailPass.Import;

/// <summary>
/// A CSV with a header line: finds the delimiter and the columns, then returns rows. A fault of the header ends the call before
/// anything is changed; a fault of a row affects only that row.
/// </summary>
/// <remarks>
/// Fields are returned as spans of a buffer that the table overwrites in the end, so a password becomes an ordinary string only if
/// the caller makes one.
/// </remarks>
public sealed class CsvTable : IDisposable
{
    private readonly CsvReader _reader;
    private readonly CsvHeader _header;

    private readonly long? _length;
    private readonly long _headerLength;
    private long _rows;
    private long _expected = -1;

    private CsvTable(CsvReader reader, CsvHeader header, string name, long? length)
    {
        _reader = reader;
        _header = header;
        _length = length;
        _headerLength = reader.BytesDone;
        Name = name;
    }

    /// <summary>The input's name in messages.</summary>
    public string Name { get; }

    /// <summary>The line of the file on which the row begins, counted from 1; the header is usually line 1.</summary>
    public long Line => _reader.Line;

    /// <summary>
    /// About how many rows the input has, by how much of it the rows so far took; exact at its end. <see langword="null"/>
    /// before the first row, and where the input's length is not known. May be asked from any thread.
    /// </summary>
    public long? ExpectedRows => Interlocked.Read(ref _expected) is >= 0 and var rows ? rows : null;

    /// <summary>The headers as in the file; some may be empty.</summary>
    public IReadOnlyList<string> Headers => _header.Names;

    /// <summary>Reads the header.</summary>
    /// <param name="stream">The CSV; taken over.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="optional">Columns that may be.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="cancellationToken">Stops waiting for input.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a column is missing or there twice, or an option is wrong.</exception>
    public static async Task<CsvTable> OpenAsync(
        Stream stream,
        string name,
        IReadOnlyList<Column> required,
        IReadOnlyList<Column> optional,
        CsvOptions options,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stream);
        CsvReader? reader = null;
        try
        {
            reader = new CsvReader(stream, options.Encoding is null ? null : TextEncodings.Find(options.Encoding));
            var header = await CsvHeader.ReadAsync(reader, name, required, optional, options, cancellationToken).ConfigureAwait(false);
            return new CsvTable(reader, header, name, stream.CanSeek ? stream.Length : null);
        }
        catch (Exception fault)
        {
            reader?.Dispose();
            await stream.DisposeAsync().ConfigureAwait(false);
            if (fault is IOException or UnauthorizedAccessException)
            {
                throw new MailPassException(ErrorIds.InputInvalid, $"{name} cannot be read: {fault.Message}", innerException: fault);
            }

            throw;
        }
    }

    /// <summary>Whether the file has a column.</summary>
    /// <param name="column">One of those that were asked for.</param>
    public bool Has(Column column) => _header.PositionOf(column) >= 0;

    /// <summary>Whether a column is the mailbox's or one of the requested ones.</summary>
    /// <param name="position">The column's position, from 0.</param>
    /// <remarks>Where several columns may name the mailbox, only one called <c>Mailbox</c> is; a domain is a column like any other.</remarks>
    public bool IsOwn(int position) =>
        _header.IsTaken(position)
        && position != _header.Domain
        && (_header.Mailboxes.Length == 1
            || !_header.Mailboxes.Contains(position)
            || string.Equals(_header.Names[position], Column.Mailbox.Name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Goes to the next row.</summary>
    /// <param name="cancellationToken">Stops waiting for input.</param>
    /// <returns><see langword="false"/> at the end.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the file cannot be read on.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var isRow = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            Estimate(isRow);
            return isRow;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"{Name} cannot be read on after line {Line}: {fault.Message}", innerException: fault);
        }
    }

    private void Estimate(bool isRow)
    {
        _rows += isRow ? 1 : 0;
        if (_length is { } length)
        {
            var read = Math.Max(1, _reader.BytesDone - _headerLength);
            Interlocked.Exchange(ref _expected, isRow ? Math.Max(_rows, (long)(_rows * ((double)(length - _headerLength) / read))) : _rows);
        }
    }

    /// <summary>A field of the row; empty if the row or the whole table has none. Valid until the next row.</summary>
    /// <param name="column">The column.</param>
    public ReadOnlySpan<char> this[Column column] => this[_header.PositionOf(column)];

    /// <summary>A field of the row; empty if the row has none. Valid until the next row.</summary>
    /// <param name="position">The column's position, from 0.</param>
    public ReadOnlySpan<char> this[int position] => position >= 0 && position < _reader.FieldCount ? _reader[position] : [];

    /// <summary>The mailbox that the row names, and the fault of the row as a whole.</summary>
    /// <param name="identity">The mailbox as written, valid or not.</param>
    /// <param name="wholeRow">Whether all columns will be used; otherwise only the requested ones are checked.</param>
    /// <returns>The fault, or <see langword="null"/>.</returns>
    public MailPassException? ReadMailbox(out string identity, bool wholeRow = false)
    {
        MailPassException? disagreement = null;
        if (_header.Mailboxes is [var only] && (_header.Domain < 0 || this[only].Contains('@')))
        {
            identity = SpreadsheetText.Undo(this[only].Trim());
        }
        else
        {
            var pick = default(MailboxPick);
            foreach (var position in _header.Mailboxes)
            {
                pick.Offer(_header.Names[position], this[position]);
            }

            pick.Decide(this[_header.Domain], out identity, out disagreement);
        }

        return RowFault(wholeRow) ?? disagreement;
    }

    /// <summary>Overwrites what was read and closes the input.</summary>
    public void Dispose() => _reader.Dispose();

    /// <summary>Whether the row has more fields than the header, and not only an empty one at its end.</summary>
    public bool HasSurplus => _reader.FieldCount > _header.Width && !_header.Fits(_reader);

    private MailPassException? RowFault(bool wholeRow)
    {
        if (_reader.Fault is { } reason)
        {
            return new MailPassException(ErrorIds.InputInvalid, reason);
        }

        if (!_header.Fits(_reader))
        {
            return new MailPassException(
                ErrorIds.InputInvalid,
                $"The row has {_reader.FieldCount} fields and the header {_header.Width}.",
                "A field that contains the delimiter must be in quotes.");
        }

        for (var i = 0; i < _reader.FieldCount; i++)
        {
            if ((wholeRow || _header.IsTaken(i)) && _reader[i].Contains(TextSource.Replacement))
            {
                return new MailPassException(
                    ErrorIds.InputInvalid,
                    $"The row is not valid {_reader.EncodingName} text; -Encoding, or --encoding, names another encoding.",
                    "Name the encoding that the file was saved in, for example windows-1252, or save it as UTF-8.");
            }
        }

        return null;
    }
}
