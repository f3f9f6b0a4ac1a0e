using System.Globalization;
using System.Text;
using MailPass.Stores.Sql.Server;

namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// The statements that write a batch, from the schema: the rows stand in the statement as a table <c>v</c> of values,
/// to which the mailbox's tables are joined by key. Measured at 0.88 of <c>LOAD DATA</c> and a join.
/// </summary>
internal sealed class MySqlStatements
{
    private readonly MySqlDatabase _database;
    private readonly BoundSchema _bound;
    private readonly MySqlDialect _dialect;
    private readonly SqlText _text;

    public MySqlStatements(MySqlDatabase database, BoundSchema bound, MySqlDialect dialect)
    {
        _database = database;
        _bound = bound;
        _dialect = dialect;
        _text = new SqlText(database, bound);
    }

    private ColumnRef Hash => _bound.Schema.Hash.Column;

    /// <summary>Replaces the hashes that still are the old ones, with the columns beside them.</summary>
    /// <param name="rows">The changes.</param>
    public string Update(IReadOnlyList<BatchRow> rows)
    {
        var statement = new StringBuilder(rows.Count * 300);
        statement.Append("UPDATE (");
        AppendRows(statement, rows, withOld: true, withNew: true);
        statement.Append(") v STRAIGHT_JOIN ").Append(Joined([Hash.Alias]));
        statement.Append(" SET ").Append(_text.Ref(Hash)).Append(" = v.n");
        foreach (var set in _bound.Write.Set)
        {
            var target = _database.Quote(Hash.Alias) + "." + _database.Quote(set.Column);
            statement.Append(", ").Append(target).Append(" = ").Append(Value(set.Value, target, Hash.Alias));
        }

        // To the byte: the column's own collation would take two hashes that differ in case for the same.
        statement.Append(CultureInfo.InvariantCulture, $" WHERE CAST(CONVERT({_text.Ref(Hash)} USING utf8mb4) AS BINARY) <=> CAST(v.o AS BINARY)");
        return statement.ToString();
    }

    /// <summary>The hashes as they stand there now, each with its row's index.</summary>
    /// <param name="rows">Whose.</param>
    /// <param name="lockRows">Whether to lock the rows.</param>
    public string ReadHashes(IReadOnlyList<BatchRow> rows, bool lockRows)
    {
        var statement = new StringBuilder(rows.Count * 50);
        statement.Append("SELECT v.i, ").Append(_text.Ref(Hash)).Append(" FROM (");
        AppendRows(statement, rows, withOld: false, withNew: false);
        statement.Append(") v STRAIGHT_JOIN ").Append(Joined([Hash.Alias]));
        return statement.Append(lockRows ? " FOR UPDATE" : string.Empty).ToString();
    }

    /// <summary>What is written beside the hash.</summary>
    /// <param name="rows">The mailboxes whose hash was written.</param>
    public IEnumerable<string> Besides(IReadOnlyList<BatchRow> rows)
    {
        foreach (var update in _bound.Write.Update)
        {
            var sets = update.Set.Select(set => $"t.{_database.Quote(set.Column)} = {Value(set.Value, $"t.{_database.Quote(set.Column)}", null)}");
            yield return $"UPDATE {Source(rows)} JOIN {_text.Table(update.Table)} t ON {On(update.Table, update.Where)} SET {string.Join(", ", sets)}";
        }

        foreach (var insert in _bound.Write.Insert)
        {
            var columns = insert.Values.Select(value => _database.Quote(value.Column));
            var values = insert.Values.Select(value => Value(value.Value, _database.Quote(value.Column), null));
            yield return $"INSERT INTO {_text.Table(insert.Table)} ({string.Join(", ", columns)}) SELECT {string.Join(", ", values)} FROM {Source(rows)}";
        }

        foreach (var delete in _bound.Write.Delete)
        {
            yield return $"DELETE t FROM {Source(rows)} JOIN {_text.Table(delete.Table)} t ON {On(delete.Table, delete.Where)}";
        }
    }

    // The batch and all tables of the mailbox.
    private string Source(IReadOnlyList<BatchRow> rows)
    {
        var source = new StringBuilder(rows.Count * 300).Append('(');
        AppendRows(source, rows, withOld: true, withNew: true);
        return source.Append(") v STRAIGHT_JOIN ").Append(Joined(_bound.Joins.Select(join => join.Alias))).ToString();
    }

    private string Joined(IEnumerable<string> aliases)
    {
        var mailbox = _bound.Schema.Mailbox;
        var table = _text.TableAs(mailbox.Alias);
        var from = _text.From(aliases);
        var key = MySqlText.InCollationOf(_bound.KeyColumn, "v.k");
        // The mailbox's table comes first in FROM; its condition goes right behind it, before the joins that lean on it.
        return $"{table} ON {_text.Ref(mailbox.Key)} = {key}{from[table.Length..]}";
    }

    private string On(string table, IEnumerable<KeyValuePair<string, SchemaValue>> pairs) => string.Join(" AND ", pairs.Select(pair =>
    {
        var column = $"t.{_database.Quote(pair.Key)}";
        return pair.Value switch
        {
            SchemaValue.Null => $"{column} IS NULL",
            SchemaValue.NotNull => $"{column} IS NOT NULL",
            // Two tables of one system need not have the same collation.
            var value => $"{column} = {MySqlText.InCollationOf(_bound.OtherColumn(table, pair.Key), Value(value, column, null))}",
        };
    }));

    // row: the short name of the table whose row is being updated; none where all tables of the mailbox are joined.
    private string Value(SchemaValue value, string target, string? row) => value switch
    {
        SchemaValue.Literal literal => MySqlText.Literal(literal.Text),
        SchemaValue.Null => "NULL",
        SchemaValue.NewHash => "v.n",
        SchemaValue.OldHash => "v.o",
        SchemaValue.Column column => Column(column.Ref, row),
        SchemaValue.Concat concat => $"CONCAT({string.Join(", ", concat.Parts.Select(part => $"COALESCE(CONVERT({Value(part, target, row)} USING utf8mb4), '')"))})",
        SchemaValue.Now { PlusDays: { } days } now =>
            $"CASE WHEN COALESCE({Column(days, row)}, 0) > 0 THEN {Now(now.Clock, Column(days, row))} ELSE {target} END",
        SchemaValue.Now now => Now(now.Clock, null),
        SchemaValue.JsonSet json => $"JSON_SET(COALESCE(NULLIF({target}, ''), '{{}}'), {string.Join(", ", json.Members.Select(member => $"{MySqlText.Literal(member.Key)}, CAST({Value(member.Value, target, row)} AS CHAR)"))})",
        SchemaValue.PhpDiff => PhpDiff(),
        _ => throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema {_bound.Schema.Name} sets {target} to a kind of value that MySQL does not know.", "docs/schemas.md says which database knows which."),
    };

    private string Column(ColumnRef column, string? row) => row is null ? _text.Ref(column) : _text.SeenFrom(column, row);

    private static string Now(SchemaClock clock, string? days) => clock switch
    {
        SchemaClock.Unix => days is null ? "UNIX_TIMESTAMP()" : $"UNIX_TIMESTAMP() + 86400 * {days}",
        SchemaClock.Utc => days is null ? "UTC_TIMESTAMP()" : $"DATE_ADD(UTC_TIMESTAMP(), INTERVAL {days} DAY)",
        _ => days is null ? "NOW()" : $"DATE_ADD(NOW(), INTERVAL {days} DAY)",
    };

    // PHP's serialize of array('new' => row, 'old' => row), every value as a string or null
    // (https://www.php.net/manual/en/function.serialize.php). Lengths count bytes of UTF-8.
    private string PhpDiff()
    {
        var columns = _bound.Table(Hash.Alias).Columns.Values.ToArray();
        return $"CONCAT('a:2:{{s:3:\"new\";', {Record("v.n")}, 's:3:\"old\";', {Record("v.o")}, '}}')";

        string Record(string hash)
        {
            var members = columns.Select(column =>
            {
                var sql = column.Name.Equals(_bound.HashColumn.Name, StringComparison.OrdinalIgnoreCase)
                    ? hash
                    : $"CONVERT({_database.Quote(Hash.Alias)}.{_database.Quote(column.Name)} USING utf8mb4)";
                var name = string.Create(CultureInfo.InvariantCulture, $"'s:{Encoding.UTF8.GetByteCount(column.Name)}:\"{column.Name}\";'");
                return $"{name}, COALESCE(CONCAT('s:', LENGTH({sql}), ':\"', {sql}, '\";'), 'N;')";
            });
            return string.Create(CultureInfo.InvariantCulture, $"CONCAT('a:{columns.Length}:{{', {string.Join(", ", members)}, '}}')");
        }
    }

    private void AppendRows(StringBuilder statement, IReadOnlyList<BatchRow> rows, bool withOld, bool withNew)
    {
        var numbers = SqlDatabase.IsNumber(_bound.KeyColumn);
        for (var i = 0; i < rows.Count; i++)
        {
            // The first row is a SELECT in every dialect, since it names the columns.
            if (i == 0)
            {
                statement.Append("SELECT ");
                AppendRow(statement, rows[i], numbers, withOld, withNew, named: true);
                continue;
            }

            switch (_dialect.Rows)
            {
                case MySqlRows.Selects:
                    statement.Append(" UNION ALL SELECT ");
                    AppendRow(statement, rows[i], numbers, withOld, withNew, named: false);
                    break;
                default:
                    statement.Append(i == 1 ? " UNION ALL VALUES " : ",").Append(_dialect.Rows == MySqlRows.ValuesRow ? "ROW(" : "(");
                    AppendRow(statement, rows[i], numbers, withOld, withNew, named: false);
                    statement.Append(')');
                    break;
            }
        }
    }

    private static void AppendRow(StringBuilder statement, BatchRow row, bool numbers, bool withOld, bool withNew, bool named)
    {
        statement.Append(CultureInfo.InvariantCulture, $"{row.Index}").Append(named ? " AS i," : ",");
        if (numbers && long.TryParse(row.Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            statement.Append(CultureInfo.InvariantCulture, $"{number}");
        }
        else
        {
            MySqlText.AppendLiteral(statement, row.Key);
        }

        statement.Append(named ? " AS k" : string.Empty);
        if (withOld)
        {
            statement.Append(',');
            if (row.Old is { } old)
            {
                MySqlText.AppendLiteral(statement, old);
            }
            else
            {
                statement.Append("NULL");
            }

            statement.Append(named ? " AS o" : string.Empty);
        }

        if (withNew)
        {
            statement.Append(',');
            MySqlText.AppendLiteral(statement, row.New);
            statement.Append(named ? " AS n" : string.Empty);
        }
    }
}
