using System.Data.Common;
using System.Globalization;
using System.Text;
using MailPass.Stores.Sql.Server;

namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// The statements that write a batch, from the schema: the rows are part of the statement itself (<see cref="MySqlBatchText"/>),
/// and the mailbox's tables are joined to them by key.
/// </summary>
internal sealed class MySqlStatements : BatchStatements
{
    private readonly SqlDatabase _database;
    private readonly BoundSchema _bound;
    private readonly MySqlDialect _dialect;
    private readonly int _maxBytes;
    private readonly SqlText _text;

    /// <summary>Prepares the parts that do not depend on a batch.</summary>
    /// <param name="database">The database, whose names are quoted.</param>
    /// <param name="bound">The schema over its tables.</param>
    /// <param name="dialect">The server's dialect.</param>
    /// <param name="maxBytes">The longest statement, in bytes.</param>
    public MySqlStatements(SqlDatabase database, BoundSchema bound, MySqlDialect dialect, int maxBytes)
        : base(database, bound)
    {
        _maxBytes = maxBytes;
        _database = database;
        _bound = bound;
        _dialect = dialect;
        _text = new SqlText(database, bound);
    }

    /// <inheritdoc/>
    public override int Fitting(IReadOnlyList<BatchRow> rows) => MySqlBatchText.Fitting(rows, _maxBytes);

    /// <inheritdoc/>
    public override int IndexOf(int number, IReadOnlyList<BatchRow> rows) => rows[number].Index;

    private ColumnRef Hash => _bound.Schema.Hash.Column;

    /// <inheritdoc/>
    public override void Update(DbCommand command, IReadOnlyList<BatchRow> rows)
    {
        var batch = Text(command, rows);
        var hash = _text.Ref(Hash);
        var sets = _bound.WriteFor(rows[0].Write).Set.Select(set =>
        {
            var target = $"{_database.Quote(Hash.Alias)}.{_database.Quote(set.Column)}";
            return $"{target} = {Value(set.Value, target, Hash.Alias, batch)}";
        }).Prepend($"{hash} = {batch.NewForColumn}");
        command.CommandText = $"UPDATE {batch.Numbers} STRAIGHT_JOIN {Joined([Hash.Alias], batch.Key + batch.WithinBatch)} SET {string.Join(", ", sets)} WHERE {batch.HoldsOld(hash)}";
    }

    /// <inheritdoc/>
    public override void LockHashes(DbCommand command, IReadOnlyList<BatchRow> rows)
    {
        var batch = Text(command, rows);
        command.CommandText = $"SELECT {batch.Number}, {_text.Ref(Hash)} FROM {batch.Numbers} STRAIGHT_JOIN {Joined([Hash.Alias], batch.Key + batch.WithinBatch)} FOR UPDATE";
    }

    /// <inheritdoc/>
    public override void Unwritten(DbCommand command, IReadOnlyList<BatchRow> rows)
    {
        var batch = Text(command, rows);
        var (mailbox, others) = Tied([Hash.Alias]);
        var key = _text.Ref(_bound.Schema.Mailbox.Key);
        var holdsNew = batch.HoldsNew(_text.Ref(Hash));
        command.CommandText = $"SELECT {batch.Number}, {Login.Verdict($"{key} IS NOT NULL", holdsNew)}"
            + $" FROM {batch.Numbers} LEFT JOIN {(others.Length == 0 ? mailbox : $"({mailbox}{others})")} ON {key} = {batch.Key}"
            + $" WHERE (NOT ({holdsNew}){Login.OrFails}){batch.WithinBatch}";
    }

    /// <inheritdoc/>
    public override IEnumerable<Action<DbCommand>> Besides(IReadOnlyList<BatchRow> rows)
    {
        var write = _bound.WriteFor(rows[0].Write);
        foreach (var update in write.Update)
        {
            var sets = update.Set.Select(set => $"t.{_database.Quote(set.Column)} = {Value(set.Value, $"t.{_database.Quote(set.Column)}", null, null)}");
            var rest = $" STRAIGHT_JOIN {Other(update.Table, update.Where)} ON {On(update.Table, update.Where)} SET {string.Join(", ", sets)}";
            yield return command => command.CommandText = $"UPDATE {Source(command, rows, rest)}{rest}";
        }

        foreach (var insert in write.Insert)
        {
            var columns = insert.Values.Select(value => _database.Quote(value.Column));
            var values = string.Join(", ", insert.Values.Select(value => Value(value.Value, _database.Quote(value.Column), null, null)));
            yield return command => command.CommandText = $"INSERT INTO {_text.Table(insert.Table)} ({string.Join(", ", columns)}) SELECT {values} FROM {Source(command, rows, values)}";
        }

        foreach (var delete in write.Delete)
        {
            var rest = $" STRAIGHT_JOIN {Other(delete.Table, delete.Where)} ON {On(delete.Table, delete.Where)}";
            yield return command => command.CommandText = $"DELETE t FROM {Source(command, rows, rest)}{rest}";
        }
    }

    private MySqlBatchText Text(DbCommand command, IReadOnlyList<BatchRow> rows) => new(command, rows, _bound, _dialect);

    // The batch as a table v of key, old and new hash, and all tables of the mailbox. Hashes are sent only if the statement uses them.
    private string Source(DbCommand command, IReadOnlyList<BatchRow> rows, string usedIn)
    {
        var batch = Text(command, rows);
        var columns = $"{batch.Key} AS k"
            + (usedIn.Contains("v.o", StringComparison.Ordinal) ? $", {batch.Old} AS o" : string.Empty)
            + (usedIn.Contains("v.n", StringComparison.Ordinal) ? $", {batch.New} AS n" : string.Empty)
            + string.Concat(Enumerable.Range(0, rows[0].Write.PutBack?.Places.Count ?? 0)
                .Where(i => usedIn.Contains(FormattableString.Invariant($"v.b{i}_"), StringComparison.Ordinal))
                .Select(i => FormattableString.Invariant($", {batch.Before(i)} AS b{i}_")));
        var within = batch.WithinBatch is { Length: > 0 } and var condition ? " WHERE" + condition[" AND".Length..] : string.Empty;
        return $"(SELECT {columns} FROM {batch.Numbers}{within}) v STRAIGHT_JOIN {Joined(_bound.Joins.Select(join => join.Alias), "v.k")}";
    }

    private string Joined(IEnumerable<string> aliases, string key)
    {
        var (mailbox, others) = Tied(aliases);
        // The mailbox's table comes first in FROM, followed by its condition and then by the joins that depend on it.
        return $"{mailbox} ON {_text.Ref(_bound.Schema.Mailbox.Key)} = {key}{others}";
    }

    private (string Mailbox, string Others) Tied(IEnumerable<string> aliases)
    {
        var mailbox = _bound.Schema.Mailbox;
        return (_text.TableBy(mailbox.Alias, mailbox.Key.Alias == mailbox.Alias ? [_bound.KeyColumn.Name] : []), _text.Joins(aliases));
    }

    // Another table, whose rows are found by values of the mailbox's row.
    private string Other(string table, IEnumerable<SchemaPair<SchemaValue>> where) =>
        $"{_text.Table(table)} t{_database.LookupHint(_bound.OtherTable(table), where.Where(pair => pair.Value is not (SchemaValue.Null or SchemaValue.NotNull)).Select(pair => pair.Key))}";

    private string On(string table, IEnumerable<SchemaPair<SchemaValue>> pairs) => string.Join(" AND ", pairs.Select(pair =>
    {
        var column = $"t.{_database.Quote(pair.Key)}";
        return pair.Value switch
        {
            SchemaValue.Null => $"{column} IS NULL",
            SchemaValue.NotNull => $"{column} IS NOT NULL",
            // Two tables of one mail system may have different collations.
            var value => $"{column} = {MySqlText.InCollationOf(_bound.OtherColumn(table, pair.Key), Value(value, column, null, null))}",
        };
    }));

    // row: the short name of the table whose row is being updated; none if all tables of the mailbox are joined.
    // batch: the batch's texts; none if they are the columns of v.
    private string Value(SchemaValue value, string target, string? row, MySqlBatchText? batch) => value switch
    {
        SchemaValue.Literal literal => MySqlText.Literal(literal.Text),
        SchemaValue.Null => "NULL",
        SchemaValue.NewHash => batch?.New ?? "v.n",
        SchemaValue.OldHash => batch?.Old ?? "v.o",
        SchemaValue.Column column => Column(column.Ref, row),
        SchemaValue.Concat concat => $"CONCAT({string.Join(", ", concat.Parts.Select(part => $"COALESCE(CONVERT({Value(part, target, row, batch)} USING utf8mb4), '')"))})",
        SchemaValue.Now { PlusDays: { } days } now =>
            $"CASE WHEN COALESCE({Column(days, row)}, 0) > 0 THEN {Now(now.Clock, Column(days, row))} ELSE {target} END",
        SchemaValue.Now now => Now(now.Clock, null),
        SchemaValue.Before before => Before(before, batch),
        SchemaValue.JsonSet json when json.Members.Any(member => member.Value is SchemaValue.Before) => json.Members.Aggregate(
            $"COALESCE(NULLIF({target}, ''), '{{}}')",
            (whole, member) => member.Value is SchemaValue.Before before
                ? $"IF({Before(before, batch)} IS NULL, JSON_REMOVE({whole}, {MySqlText.Literal(member.Key)}), JSON_SET({whole}, {MySqlText.Literal(member.Key)}, JSON_EXTRACT({Before(before, batch)}, '$')))"
                : $"JSON_SET({whole}, {MySqlText.Literal(member.Key)}, CAST({Value(member.Value, target, row, batch)} AS CHAR))"),
        SchemaValue.JsonSet json => $"JSON_SET(COALESCE(NULLIF({target}, ''), '{{}}'), {string.Join(", ", json.Members.Select(member => $"{MySqlText.Literal(member.Key)}, CAST({Value(member.Value, target, row, batch)} AS CHAR)"))})",
        SchemaValue.PhpDiff => PhpDiff(batch?.New ?? "v.n", batch?.Old ?? "v.o"),
        _ => throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema {_bound.Schema.Name} sets {target} to a kind of value that MySQL does not support.", "docs/schemas.md says which database supports which."),
    };

    private static string Before(SchemaValue.Before before, MySqlBatchText? batch) => batch?.Before(before.Index) ?? FormattableString.Invariant($"v.b{before.Index}_");

    private string Column(ColumnRef column, string? row) => row is null ? _text.Ref(column) : _text.SeenFrom(column, row);

    private static string Now(SchemaClock clock, string? days) => clock switch
    {
        SchemaClock.Unix => days is null ? "UNIX_TIMESTAMP()" : $"UNIX_TIMESTAMP() + 86400 * {days}",
        SchemaClock.Utc => days is null ? "UTC_TIMESTAMP()" : $"DATE_ADD(UTC_TIMESTAMP(), INTERVAL {days} DAY)",
        _ => days is null ? "NOW()" : $"DATE_ADD(NOW(), INTERVAL {days} DAY)",
    };

    // PHP's serialize of array('new' => row, 'old' => row), every value as a string or null
    // (https://www.php.net/manual/en/function.serialize.php). Lengths count bytes of UTF-8.
    private string PhpDiff(string newHash, string oldHash)
    {
        var columns = _bound.Table(Hash.Alias).Columns.Values.ToArray();
        return $"CONCAT('a:2:{{s:3:\"new\";', {Record(newHash)}, 's:3:\"old\";', {Record(oldHash)}, '}}')";

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
}
