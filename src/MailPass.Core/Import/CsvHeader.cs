namespace MailPass.Import;

/// <summary>A CSV's header line: which column is which. Its text may be data if the line was forgotten, so no message quotes an unknown name.</summary>
internal sealed class CsvHeader
{
    private static readonly char[] _delimiters = [',', ';', '\t', '|'];

    private readonly Dictionary<Column, int> _positions = [];
    private readonly bool[] _taken;

    private CsvHeader(CsvReader reader)
    {
        Names = [.. Enumerable.Range(0, reader.FieldCount).Select(i => new string(reader[i].Trim()))];

        _taken = new bool[Names.Length];

        // A spreadsheet may leave delimiters at the end of each line, this one included.
        Width = Math.Max(1, Names.Length - Names.Reverse().TakeWhile(static name => name.Length == 0).Count());
    }

    /// <summary>The headers without the white space around them.</summary>
    public string[] Names { get; }

    /// <summary>How many fields a row must have.</summary>
    public int Width { get; }

    /// <summary>The columns that may have the mailbox.</summary>
    public int[] Mailboxes { get; private set; } = [];

    /// <summary>The column of the mailbox's domain, or -1.</summary>
    public int Domain => PositionOf(Column.Domain);

    /// <summary>Whether the column at a position is one of those that were asked for.</summary>
    public bool IsTaken(int position) => position < _taken.Length && _taken[position];

    public int PositionOf(Column column) => _positions.GetValueOrDefault(column, -1);

    /// <summary>Whether a row has a field for each column, and beyond them only empty ones.</summary>
    public bool Fits(CsvReader row)
    {
        if (row.FieldCount < Width)
        {
            return false;
        }

        for (var i = Width; i < row.FieldCount; i++)
        {
            if (!row[i].IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads the header line, or finds out that there is none.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static async Task<CsvHeader> ReadAsync(
        CsvReader reader, string name, IReadOnlyList<Column> required, IReadOnlyList<Column> optional, CsvOptions options, CancellationToken cancellationToken)
    {
        Column[] wanted = [.. required, .. optional];
        if (options.Delimiter is '"' or '\r' or '\n')
        {
            throw new MailPassException(ErrorIds.InputInvalid, "A quote or a line end cannot be the delimiter.", "Name the character between the fields, such as a semicolon.");
        }

        while (true)
        {
            var line = await reader.PeekLineAsync(cancellationToken).ConfigureAwait(false);
            reader.Delimiter = options.Delimiter ?? FindDelimiter(line.Span, wanted, options);
            var isHint = IsHint(line.Span);
            if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new MailPassException(
                    ErrorIds.InputInvalid, $"{name} is empty.", $"The first line must name the columns, such as {required[0].Examples}.");
            }

            if (!isHint)
            {
                break;
            }
        }

        var header = new CsvHeader(reader);
        var where = $"{name}: line {reader.Line}";
        foreach (var column in wanted)
        {
            header.Place(column, options.NameOf(column), where);
        }

        // A login name without @ is half of an address; another column may have the other half.
        if (header._positions.ContainsKey(Column.Mailbox))
        {
            header.Place(Column.Domain, null, where);
        }

        return Array.Find([.. required], column => header.PositionOf(column) < 0) is { } missing ? throw header.Missing(missing, options.NameOf(missing), where) : header;
    }

    // `#TYPE System.…` is Windows PowerShell's, `sep=;` Excel's, `version:v1.0` that of Microsoft's templates.
    private static bool IsHint(ReadOnlySpan<char> line) =>
        line.StartsWith("#TYPE ", StringComparison.OrdinalIgnoreCase)
        || line.StartsWith("version:v", StringComparison.OrdinalIgnoreCase)
        || (line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && line.Length == 5);

    // The delimiter is the one that shows the most known columns; with none, the one that makes the most fields.
    private static char FindDelimiter(ReadOnlySpan<char> line, Column[] wanted, CsvOptions options)
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
                known += IsWanted((end < 0 ? rest : rest[..end]).Trim().Trim('"'), wanted, options) ? 1 : 0;
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

    private static bool IsWanted(ReadOnlySpan<char> header, Column[] wanted, CsvOptions options)
    {
        foreach (var column in wanted)
        {
            if (Means(header, column, options.NameOf(column)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Means(ReadOnlySpan<char> header, Column column, string? name) =>
        name is null ? Column.Find(header) == column : Column.HasName(header, name);

    private void Place(Column column, string? name, string where)
    {
        int[] positions = [.. Enumerable.Range(0, Names.Length).Where(i => Means(Names[i], column, name))];
        if (column == Column.Mailbox && name is null)
        {
            Mailboxes = positions;
        }
        else if (positions.Length > 1)
        {
            // Both names are known or the caller's own, so naming them reveals nothing.
            throw new MailPassException(
                ErrorIds.InputInvalid,
                $"{where} has two {column.Name} columns: '{Names[positions[0]]}' and '{Names[positions[1]]}'.",
                column == Column.Password && name is null
                    ? "Name the one with the new password (-PasswordColumn, or --password-column)."
                    : "Remove or rename one of them.");
        }
        else if (column == Column.Mailbox)
        {
            Mailboxes = positions;
        }

        if (positions.Length > 0)
        {
            _positions[column] = positions[0];
            Array.ForEach(positions, position => _taken[position] = true);
        }
    }

    // The header is not quoted: if it was forgotten, the first line is somebody's password.
    private MailPassException Missing(Column column, string? name, string where) => new(
        ErrorIds.InputInvalid,
        name is null ? $"{where} has no {column.Name} column." : $"{where} has no column '{name}'.",
        (Names.Any(static header => header.Contains('@', StringComparison.Ordinal)) ? "It seems that the header line is missing; the first line must name the columns. " : string.Empty)
            + (Names.Any(static header => header.Contains('\uFFFD', StringComparison.Ordinal)) ? "Its names are not valid in the encoding that was assumed; name the right one (-Encoding windows-1252, --encoding windows-1252). " : string.Empty)
            + (name is null ? $"The column must have a name such as {column.Examples}; any other can be named ({(column == Column.Password ? "-PasswordColumn, or --password-column" : "-MailboxColumn, or --mailbox-column")})." : "Use a name exactly as in the header."));
}
