namespace MailPass.Cli.Input;

/// <summary>
/// A CSV with a header line: finds the delimiter and the columns, then hands out rows. What is wrong with the header
/// ends the call before anything is changed; what is wrong with a row is that row's fault alone.
/// </summary>
internal sealed class CsvTable : IDisposable
{
    private static readonly char[] _delimiters = [',', ';', '\t', '|'];

    private readonly CsvReader _reader;
    private readonly Dictionary<Column, int> _positions = [];
    private int _width;

    private CsvTable(CsvReader reader, string name)
    {
        _reader = reader;
        Name = name;
    }

    /// <summary>The input as it is called in messages.</summary>
    public string Name { get; }

    public long Line => _reader.Line;

    public long BytesRead => _reader.BytesRead;

    /// <summary>Reads the header.</summary>
    /// <param name="stream">The CSV; taken over.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="optional">Columns that may be.</param>
    /// <param name="cancellationToken">Stops waiting for input.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a column is missing or there twice.</exception>
    public static async Task<CsvTable> OpenAsync(
        Stream stream, string name, Column[] required, Column[] optional, CancellationToken cancellationToken)
    {
        var table = new CsvTable(new CsvReader(stream), name);
        try
        {
            await table.ReadHeaderAsync(required, optional, cancellationToken).ConfigureAwait(false);
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    public bool Has(Column column) => _positions.ContainsKey(column);

    /// <summary>Goes to the next row.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MailPassException fault)
        {
            throw new MailPassException(fault.ErrorId, $"{Name}: {fault.Message}", fault.Remedy, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"{Name} cannot be read on after line {Line}: {fault.Message}", innerException: fault);
        }
    }

    /// <summary>A field of the row; empty where the row or the whole table has none. Valid until the next row.</summary>
    public ReadOnlySpan<char> this[Column column] =>
        _positions.TryGetValue(column, out var position) && position < _reader.FieldCount ? _reader[position] : [];

    /// <summary>What is wrong with the row as a whole, or <see langword="null"/>.</summary>
    public MailPassException? RowFault()
    {
        if (_reader.Fault is { } reason)
        {
            return new MailPassException(ErrorIds.InputInvalid, reason);
        }

        if (_reader.FieldCount > _width)
        {
            return new MailPassException(
                ErrorIds.InputInvalid,
                $"The row has {_reader.FieldCount} fields and the header {_width}.",
                "A field that holds the delimiter must stand in quotes.");
        }

        foreach (var position in _positions.Values)
        {
            if (position < _reader.FieldCount && _reader[position].Contains(TextSource.Replacement))
            {
                return new MailPassException(
                    ErrorIds.InputInvalid,
                    "The row holds bytes that are no UTF-8.",
                    "Save the file as UTF-8 or UTF-16.");
            }
        }

        return null;
    }

    public void Dispose() => _reader.Dispose();

    private async Task ReadHeaderAsync(Column[] required, Column[] optional, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await _reader.PeekLineAsync(cancellationToken).ConfigureAwait(false);
            _reader.Delimiter = FindDelimiter(line.Span, [.. required, .. optional]);
            var isHint = IsHint(line.Span);
            if (!await ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new MailPassException(
                    ErrorIds.InputInvalid, $"{Name} is empty.", $"The first line must name the columns: {required[0].Names}.");
            }

            if (!isHint)
            {
                break;
            }
        }

        _width = _reader.FieldCount;
        foreach (var column in (Column[])[.. required, .. optional])
        {
            Place(column);
        }

        foreach (var column in required)
        {
            if (!_positions.ContainsKey(column))
            {
                throw Missing(column);
            }
        }
    }

    // `#TYPE System.…` is Windows PowerShell's, `sep=;` Excel's.
    private static bool IsHint(ReadOnlySpan<char> line) =>
        line.StartsWith("#TYPE ", StringComparison.OrdinalIgnoreCase)
        || (line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && line.Length == 5);

    // The delimiter is the one that shows the most known columns; with none, the one that makes the most fields.
    private static char FindDelimiter(ReadOnlySpan<char> line, Column[] columns)
    {
        var best = ',';
        var bestScore = (Known: 0, Fields: 0);
        foreach (var delimiter in _delimiters)
        {
            var known = 0;
            var fields = 1;
            for (var rest = line; ; fields++)
            {
                var end = rest.IndexOf(delimiter);
                var header = (end < 0 ? rest : rest[..end]).Trim().Trim('"');
                foreach (var column in columns)
                {
                    known += column.Matches(header) ? 1 : 0;
                }

                if (end < 0)
                {
                    break;
                }

                rest = rest[(end + 1)..];
            }

            if ((known, fields).CompareTo(bestScore) > 0)
            {
                (best, bestScore) = (delimiter, (known, fields));
            }
        }

        return best;
    }

    private void Place(Column column)
    {
        for (var i = 0; i < _width; i++)
        {
            if (!column.Matches(_reader[i]))
            {
                continue;
            }

            if (!_positions.TryAdd(column, i))
            {
                // Both are names of our own, so naming them gives nothing away.
                throw new MailPassException(
                    ErrorIds.InputInvalid,
                    $"{Name}: line {Line} names the {column.Name} column twice: '{_reader[_positions[column]].Trim()}' and '{_reader[i].Trim()}'.",
                    "Remove or rename one of them.");
            }
        }
    }

    // The header is not quoted: where it was forgotten, the first line is somebody's password.
    private MailPassException Missing(Column column)
    {
        var looksLikeData = false;
        for (var i = 0; i < _width; i++)
        {
            looksLikeData |= _reader[i].Contains('@');
        }

        return new MailPassException(
            ErrorIds.InputInvalid,
            $"{Name}: line {Line} has no {column.Name} column.",
            (looksLikeData ? "It seems that the header line is missing; the first line must name the columns. " : string.Empty)
                + $"The column must be called {column.Names}.");
    }
}
