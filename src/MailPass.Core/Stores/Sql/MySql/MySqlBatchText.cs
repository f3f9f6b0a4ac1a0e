using System.Data.Common;
using System.Globalization;
using System.Text;
using MailPass.Stores.Sql.Server;

namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// A batch in a statement: all keys in one long text, all old hashes in a second, all new ones in a third, every row
/// padded to the longest. The server counts the rows with two small tables of numbers and cuts each row out of the texts. So it
/// parses three literals instead of three per row, and needs no temporary table; the write takes half the time (bench/NOTES.md).
/// </summary>
/// <remarks>
/// The texts are binary, so that cutting need not count characters; each piece gets its character set back. They are parameters,
/// which the driver writes into the statement as literals. In the statement's own text, the driver would search them for
/// parameters.
/// </remarks>
internal sealed class MySqlBatchText
{
    private const int Ones = 100;

    // Ends a text that is shorter than the longest; does not occur in addresses and hashes.
    private const char Padding = '\u0001';

    // The old hash of a mailbox that has none.
    private const string Null = "\u0002";

    private readonly DbCommand _command;
    private readonly IReadOnlyList<BatchRow> _rows;
    private readonly BoundSchema _bound;
    private readonly MySqlDialect _dialect;

    /// <summary>Prepares the texts of a batch.</summary>
    /// <param name="command">Receives the texts that its statement uses.</param>
    /// <param name="rows">The changes, at least one.</param>
    /// <param name="bound">The schema.</param>
    /// <param name="dialect">The server's dialect.</param>
    public MySqlBatchText(DbCommand command, IReadOnlyList<BatchRow> rows, BoundSchema bound, MySqlDialect dialect)
    {
        _command = command;
        _rows = rows;
        _bound = bound;
        _dialect = dialect;
    }

    /// <summary>The numbers of the rows, from 0, as the first tables in FROM.</summary>
    public string Numbers => _rows.Count <= Ones
        ? CountTo(_rows.Count, "ones")
        : $"{CountTo((_rows.Count + Ones - 1) / Ones, "hundreds")} STRAIGHT_JOIN {CountTo(Ones, "ones")}";

    /// <summary>A row's number: its place in the batch.</summary>
    public string Number => _rows.Count <= Ones ? "ones.i" : "(hundreds.i * 100 + ones.i)";

    /// <summary>A further condition if <see cref="Numbers"/> goes beyond the last row.</summary>
    public string WithinBatch => _rows.Count <= Ones || _rows.Count % Ones == 0
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $" AND {Number} < {_rows.Count}");

    /// <summary>A row's key, as its column compares it.</summary>
    public string Key
    {
        get
        {
            var column = _bound.KeyColumn;
            var key = Cut("k", row => row.Key, out var ascii);
            return SqlDatabase.IsNumber(column) ? $"CAST({key} AS SIGNED)" : MySqlText.InCollationOf(column, AsTextFor(column, key, ascii));
        }
    }

    /// <summary>A row's old hash as a text.</summary>
    public string Old => AsText(OrNull(Cut("o", row => row.Old ?? Null, out _)));

    /// <summary>A row's new hash as a text.</summary>
    public string New => AsText(Cut("n", row => row.New, out _));

    /// <summary>A row's text of the bookkeeping that is put back.</summary>
    /// <param name="index">Which of its places.</param>
    public string Before(int index)
    {
        var cut = Cut(FormattableString.Invariant($"b{index}"), row => row.Before(index) ?? Null, out _);
        return AsText(_rows.Any(row => row.Before(index) is null) ? $"NULLIF({cut}, '{Null}')" : cut);
    }

    /// <summary>A row's new hash, in the form that the hash column stores with the least work.</summary>
    public string NewForColumn
    {
        get
        {
            var hash = Cut("n", row => row.New, out var ascii);
            return AsTextFor(_bound.HashColumn, hash, ascii);
        }
    }

    /// <summary>The condition that a column still has a row's old hash, byte for byte.</summary>
    /// <param name="hash">The column, as SQL.</param>
    public string HoldsOld(string hash)
    {
        var old = Cut("o", row => row.Old ?? Null, out var ascii);
        return Holds(hash, OrNull(old), ascii);
    }

    /// <summary>The condition that a column has a row's new hash, byte for byte.</summary>
    /// <param name="hash">The column, as SQL.</param>
    public string HoldsNew(string hash)
    {
        var @new = Cut("n", row => row.New, out var ascii);
        return Holds(hash, @new, ascii);
    }

    /// <summary>How many rows, from the first, fit into one statement.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="maxBytes">How long a statement may become.</param>
    public static int Fitting(IReadOnlyList<BatchRow> rows, int maxBytes)
    {
        // Every row takes as much room as the longest.
        var (key, old, @new) = (0, 0, 0);
        var before = new int[rows[0].Write.PutBack?.Places.Count ?? 0];
        for (var i = 0; i < rows.Count; i++)
        {
            key = Math.Max(key, Encoding.UTF8.GetByteCount(rows[i].Key));
            old = Math.Max(old, Encoding.UTF8.GetByteCount(rows[i].Old ?? Null));
            @new = Math.Max(@new, Encoding.UTF8.GetByteCount(rows[i].New));
            for (var j = 0; j < before.Length; j++)
            {
                before[j] = Math.Max(before[j], Encoding.UTF8.GetByteCount(rows[i].Before(j) ?? Null));
            }

            if ((long)(key + old + @new + before.Sum()) * (i + 1) > maxBytes && i > 0)
            {
                return i;
            }
        }

        return rows.Count;
    }

    // Compares bytes, because for the column's collation two hashes that differ in case may be equal. ASCII text has the same bytes in
    // the column's character set; other text is compared as UTF-8.
    private string Holds(string hash, string wanted, bool ascii) => ascii && MySqlText.ExtendsAscii(_bound.HashColumn)
        ? $"CAST({hash} AS BINARY) <=> {wanted}"
        : $"CAST(CONVERT({hash} USING utf8mb4) AS BINARY) <=> {wanted}";

    private string OrNull(string cut) => _rows.Any(row => row.Old is null) ? $"NULLIF({cut}, '{Null}')" : cut;

    private static string AsText(string cut) => $"CONVERT({cut} USING utf8mb4)";

    private static string AsTextFor(SqlColumn column, string cut, bool ascii) => ascii && MySqlText.ExtendsAscii(column) ? cut : AsText(cut);

    private string CountTo(int count, string name)
    {
        var table = new StringBuilder("(SELECT 0 AS i");
        for (var i = 1; i < count; i++)
        {
            // MariaDB parses a list of values a little faster. MySQL has another syntax for it since 8.0.19; UNION ALL works everywhere.
            table.Append(_dialect.HasValueLists
                ? string.Create(CultureInfo.InvariantCulture, $"{(i == 1 ? " UNION ALL VALUES " : ",")}({i})")
                : string.Create(CultureInfo.InvariantCulture, $" UNION ALL SELECT {i}"));
        }

        return table.Append(") ").Append(name).ToString();
    }

    // A row's part of the long text of all rows.
    private string Cut(string name, Func<BatchRow, string> text, out bool ascii)
    {
        var (bytes, chars, shortest, longest) = (0, 0, int.MaxValue, 0);
        foreach (var row in _rows)
        {
            var length = Encoding.UTF8.GetByteCount(text(row));
            bytes += length;
            chars += text(row).Length;
            shortest = Math.Min(shortest, length);
            longest = Math.Max(longest, length);
        }

        ascii = bytes == chars;
        if (!_command.Parameters.Contains(name))
        {
            var parameter = _command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = Fill(text, longest, (_rows.Count * longest) - (bytes - chars));
            _command.Parameters.Add(parameter);
        }

        var cut = string.Create(CultureInfo.InvariantCulture, $"SUBSTRING(_binary @{name}, {Number} * {longest} + 1, {longest})");
        return shortest < longest ? $"TRIM(TRAILING _binary'{Padding}' FROM {cut})" : cut;
    }

    private Memory<char> Fill(Func<BatchRow, string> text, int longest, int length)
    {
        var whole = LongText.Rent(length);
        var rest = whole.Span;
        foreach (var row in _rows)
        {
            var one = text(row);
            var padding = longest - Encoding.UTF8.GetByteCount(one);
            one.CopyTo(rest);
            rest.Slice(one.Length, padding).Fill(Padding);
            rest = rest[(one.Length + padding)..];
        }

        return whole;
    }
}
