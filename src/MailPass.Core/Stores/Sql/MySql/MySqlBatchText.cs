using System.Globalization;
using System.Text;
using MailPass.Stores.Sql.Server;

namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// A batch in a statement: all keys in one long text, all old hashes in a second, all new ones in a third, every row
/// padded to the longest. The server counts the rows with two small tables of numbers and cuts each out of the texts.
/// It then reads three literals where a list of values has three for each row, and needs no table for them; the whole
/// write takes half the time (docs/performance.md).
/// </summary>
/// <remarks>The texts are binary, so that cutting needs no counting of characters; what is cut out gets its character set back.</remarks>
internal sealed class MySqlBatchText
{
    private const int Ones = 100;

    // Ends what is shorter than the longest; in no address and no hash.
    private const char Padding = '\u0001';

    // Stands for a mailbox that has no hash.
    private const string Null = "\u0002";

    private readonly IReadOnlyList<BatchRow> _rows;
    private readonly BoundSchema _bound;
    private readonly MySqlDialect _dialect;

    /// <summary>Prepares the texts of a batch.</summary>
    /// <param name="rows">The changes, at least one.</param>
    /// <param name="bound">The schema.</param>
    /// <param name="dialect">What the server speaks.</param>
    public MySqlBatchText(IReadOnlyList<BatchRow> rows, BoundSchema bound, MySqlDialect dialect)
    {
        _rows = rows;
        _bound = bound;
        _dialect = dialect;
    }

    /// <summary>The numbers of the rows, from 0, as tables that stand first in FROM.</summary>
    public string Numbers => _rows.Count <= Ones
        ? CountTo(_rows.Count, "ones")
        : $"{CountTo((_rows.Count + Ones - 1) / Ones, "hundreds")} STRAIGHT_JOIN {CountTo(Ones, "ones")}";

    /// <summary>A row's number: its place in the batch.</summary>
    public string Number => _rows.Count <= Ones ? "ones.i" : "(hundreds.i * 100 + ones.i)";

    /// <summary>A further condition where <see cref="Numbers"/> goes beyond the last row.</summary>
    public string WithinBatch => _rows.Count <= Ones || _rows.Count % Ones == 0
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $" AND {Number} < {_rows.Count}");

    /// <summary>A row's key, as its column compares it.</summary>
    public string Key
    {
        get
        {
            var column = _bound.KeyColumn;
            var key = Cut(row => row.Key, out var ascii);
            return SqlDatabase.IsNumber(column) ? $"CAST({key} AS SIGNED)" : MySqlText.InCollationOf(column, AsTextFor(column, key, ascii));
        }
    }

    /// <summary>A row's old hash as a text.</summary>
    public string Old => AsText(Cut(row => row.Old ?? Null, out _), _rows.Any(row => row.Old is null));

    /// <summary>A row's new hash as a text.</summary>
    public string New => AsText(Cut(row => row.New, out _), hasNull: false);

    /// <summary>A row's new hash, as the hash column takes it with the least work.</summary>
    public string NewForColumn
    {
        get
        {
            var hash = Cut(row => row.New, out var ascii);
            return AsTextFor(_bound.HashColumn, hash, ascii);
        }
    }

    /// <summary>The condition that a column still holds a row's old hash, to the byte.</summary>
    /// <param name="hash">The column as it stands in the statement.</param>
    public string HoldsOld(string hash) => Holds(hash, row => row.Old ?? Null, _rows.Any(row => row.Old is null));

    /// <summary>The condition that a column holds a row's new hash, to the byte.</summary>
    /// <param name="hash">The column as it stands in the statement.</param>
    public string HoldsNew(string hash) => Holds(hash, row => row.New, false);

    /// <summary>How many bytes a row takes in a statement with all three texts.</summary>
    /// <param name="row">The row.</param>
    public static (int Key, int Old, int New) BytesOf(BatchRow row) => (
        Encoding.UTF8.GetByteCount(row.Key),
        Encoding.UTF8.GetByteCount(row.Old ?? Null),
        Encoding.UTF8.GetByteCount(row.New));

    // The column's own collation would take two hashes that differ in case for the same: bytes are compared. Text that is
    // ASCII has the same bytes in the column's character set; other text is compared as UTF-8.
    private string Holds(string hash, Func<BatchRow, string> text, bool hasNull)
    {
        var wanted = Cut(text, out var ascii);
        wanted = hasNull ? $"NULLIF({wanted}, '{Null}')" : wanted;
        return ascii && MySqlText.ExtendsAscii(_bound.HashColumn)
            ? $"CAST({hash} AS BINARY) <=> {wanted}"
            : $"CAST(CONVERT({hash} USING utf8mb4) AS BINARY) <=> {wanted}";
    }

    private static string AsText(string cut, bool hasNull) => $"CONVERT({(hasNull ? $"NULLIF({cut}, '{Null}')" : cut)} USING utf8mb4)";

    private static string AsTextFor(SqlColumn column, string cut, bool ascii) => ascii && MySqlText.ExtendsAscii(column) ? cut : AsText(cut, hasNull: false);

    private string CountTo(int count, string name)
    {
        var table = new StringBuilder("(SELECT 0 AS i");
        for (var i = 1; i < count; i++)
        {
            // MariaDB's list of values is read a little faster; MySQL has another form of it from 8.0.19 on, and this one always.
            table.Append(_dialect.IsMariaDb
                ? string.Create(CultureInfo.InvariantCulture, $"{(i == 1 ? " UNION ALL VALUES " : ",")}({i})")
                : string.Create(CultureInfo.InvariantCulture, $" UNION ALL SELECT {i}"));
        }

        return table.Append(") ").Append(name).ToString();
    }

    private string Cut(Func<BatchRow, string> text, out bool ascii)
    {
        var longest = 0;
        var shortest = int.MaxValue;
        ascii = true;
        foreach (var row in _rows)
        {
            var bytes = Encoding.UTF8.GetByteCount(text(row));
            ascii &= bytes == text(row).Length;
            longest = Math.Max(longest, bytes);
            shortest = Math.Min(shortest, bytes);
        }

        var literal = new StringBuilder((_rows.Count * longest) + 100);
        literal.Append(shortest < longest ? "TRIM(TRAILING _binary'" + Padding + "' FROM " : string.Empty).Append("SUBSTRING(_binary'");
        foreach (var row in _rows)
        {
            MySqlText.AppendEscaped(literal, text(row));
            literal.Append(Padding, longest - (ascii ? text(row).Length : Encoding.UTF8.GetByteCount(text(row))));
        }

        literal.Append(CultureInfo.InvariantCulture, $"', {Number} * {longest} + 1, {longest})");
        return literal.Append(shortest < longest ? ")" : string.Empty).ToString();
    }
}
