using System.Data.Common;
using MailPass.Stores.Sql.Server;
using Npgsql;

namespace MailPass.Stores.Sql.PostgreSql;

/// <summary>
/// The statements that write a batch, from the schema. The rows come as arrays in parameters (<c>@i</c> index,
/// <c>@k</c> key, <c>@o</c> old and <c>@n</c> new hash, <c>@b0</c>… bookkeeping that is put back), so that each statement has the same text for every batch.
/// </summary>
internal sealed class PostgreSqlStatements : BatchStatements
{
    // Makes each statement check constraints, instead of COMMIT.
    private const string AtOnce = "SET CONSTRAINTS ALL IMMEDIATE; ";

    private readonly SqlDatabase _database;
    private readonly BoundSchema _bound;
    private readonly SchemaWrite _write;
    private readonly SqlText _text;
    private readonly string _rows;
    private readonly string _update;
    private readonly string _unwritten;
    private readonly string _lockHashes;
    private readonly string[] _besides;

    /// <summary>Builds the statements.</summary>
    /// <param name="database">The database, whose names are quoted.</param>
    /// <param name="bound">The schema over its tables.</param>
    public PostgreSqlStatements(SqlDatabase database, BoundSchema bound)
        : this(database, bound, bound.Write, 0)
    {
    }

    // places: how many texts of bookkeeping are put back with each row, as @b0, @b1…
    private PostgreSqlStatements(SqlDatabase database, BoundSchema bound, SchemaWrite write, int places)
        : base(database, bound)
    {
        var before = Enumerable.Range(0, places).Select(i => FormattableString.Invariant($", b{i}")).ToArray();
        _rows = $"unnest(@i, @k, @o, @n{string.Concat(before).Replace(", ", ", @", StringComparison.Ordinal)}) AS v(i, k, o, n{string.Concat(before)})";
        _database = database;
        _bound = bound;
        _write = write;
        _text = new SqlText(database, bound);
        _update = MakeUpdate();
        _unwritten = MakeUnwritten();
        _lockHashes = $"SELECT v.i, {_text.Ref(Hash)}::text FROM unnest(@i, @k) AS v(i, k) JOIN {Joined([Hash.Alias])} FOR UPDATE OF {_database.Quote(_bound.Schema.Mailbox.Alias)}{(RowIsCertain ? $", {_database.Quote(Hash.Alias)}" : string.Empty)}";
        _besides = MakeBesides().ToArray();
    }

    private ColumnRef Hash => _bound.Schema.Hash.Column;

    private string KeyTie => $"{_text.Ref(_bound.Schema.Mailbox.Key)} = v.k::{_bound.KeyColumn.Type}";

    /// <inheritdoc/>
    public override void Update(DbCommand command, IReadOnlyList<BatchRow> rows) => Prepare(command, For(rows)._update, rows, oldHashes: true, newHashes: true, before: true);

    /// <inheritdoc/>
    public override void Unwritten(DbCommand command, IReadOnlyList<BatchRow> rows) => Prepare(command, _unwritten, rows, oldHashes: false, newHashes: true);

    /// <inheritdoc/>
    public override void LockHashes(DbCommand command, IReadOnlyList<BatchRow> rows) => Prepare(command, _lockHashes, rows, oldHashes: false, newHashes: false);

    /// <inheritdoc/>
    public override IEnumerable<Action<DbCommand>> Besides(IReadOnlyList<BatchRow> rows) =>
        For(rows)._besides.Select(statement => (Action<DbCommand>)(command => Prepare(command, statement, rows, oldHashes: true, newHashes: true, before: true)));

    /// <inheritdoc/>
    public override string Explained(string statement) => base.Explained(statement.StartsWith(AtOnce, StringComparison.Ordinal) ? statement[AtOnce.Length..] : statement);

    /// <inheritdoc/>
    public override Action<DbCommand>? UnusableSequences(IReadOnlyList<BatchRow> rows)
    {
        // The server itself uses the sequence of an identity column ('i'); for a serial column ('a') the login needs the right.
        var tables = _bound.WriteFor(rows[0].Write).Insert.Select(insert => _text.Table(insert.Table)).Distinct(StringComparer.Ordinal).ToArray();
        return tables.Length == 0 ? null : command =>
        {
            command.CommandText = "SELECT s.relname::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid"
                + " WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND d.refobjid = ANY (SELECT t::regclass FROM unnest(@t) t) AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') ELSE false END";
            command.Parameters.Add(new NpgsqlParameter<string[]>("t", tables));
        };
    }

    /// <inheritdoc/>
    public override int IndexOf(int number, IReadOnlyList<BatchRow> rows) => number;

    private static void Prepare(DbCommand command, string statement, IReadOnlyList<BatchRow> rows, bool oldHashes, bool newHashes, bool before = false)
    {
        command.CommandText = statement;
        command.Parameters.Add(new NpgsqlParameter<int[]>("i", rows.Select(row => row.Index).ToArray()));
        command.Parameters.Add(new NpgsqlParameter<string[]>("k", rows.Select(row => row.Key).ToArray()));
        if (oldHashes)
        {
            command.Parameters.Add(new NpgsqlParameter<string?[]>("o", rows.Select(row => row.Old).ToArray()));
        }

        if (newHashes)
        {
            command.Parameters.Add(new NpgsqlParameter<string[]>("n", rows.Select(row => row.New).ToArray()));
        }

        for (var i = 0; before && i < (rows[0].Write.PutBack?.Places.Count ?? 0); i++)
        {
            command.Parameters.Add(new NpgsqlParameter<string?[]>(FormattableString.Invariant($"b{i}"), rows.Select(row => row.Before(i)).ToArray()));
        }
    }

    // All changes of a batch put the same columns back, or none.
    private PostgreSqlStatements For(IReadOnlyList<BatchRow> rows) => rows[0].Write is { PutBack: null, ForceChange: false }
        ? this
        : new PostgreSqlStatements(_database, _bound, _bound.WriteFor(rows[0].Write), rows[0].Write.PutBack?.Places.Count ?? 0);

    private string MakeUnwritten()
    {
        var (mailbox, others) = Tied([Hash.Alias]);
        var holdsNew = $"{_text.Ref(Hash)}::text COLLATE \"C\" IS NOT DISTINCT FROM v.n";
        return $"SELECT v.i, {Login.Verdict($"{_text.Ref(_bound.Schema.Mailbox.Key)} IS NOT NULL", holdsNew)} FROM unnest(@i, @k, @n) AS v(i, k, n) LEFT JOIN {(others.Length == 0 ? mailbox : $"({mailbox}{others})")} ON {KeyTie} WHERE NOT ({holdsNew}){Login.OrFails}";
    }

    // Rows of the outer side of a join cannot be locked; locking the mailbox's own row is enough then.
    private bool RowIsCertain => Hash.Alias != _bound.Schema.Mailbox.Alias && _bound.Joins.Any(join => join.Alias == Hash.Alias && join.Required);

    private string MakeUpdate()
    {
        var mailbox = _bound.Schema.Mailbox;
        var table = _bound.Table(Hash.Alias);
        var sets = _write.Set
            .Select(set => $"{_database.Quote(set.Column)} = {Value(set.Value, table.Columns[set.Column], $"{_database.Quote(Hash.Alias)}.{_database.Quote(set.Column)}", Hash.Alias)}")
            .Prepend($"{_database.Quote(_bound.HashColumn.Name)} = v.n");
        var key = Hash.Alias == mailbox.Alias
            ? KeyTie
            : $"{_text.SeenFrom(mailbox.Key, Hash.Alias)} = v.k::{_bound.KeyColumn.Type}";
        // Byte for byte, whatever collation or type (citext) the column has. A deferred trigger would alter the row after this check.
        return $"{AtOnce}UPDATE {_database.Quote(table.Name)} AS {_database.Quote(Hash.Alias)} SET {string.Join(", ", sets)} FROM {_rows} WHERE {key} AND {_text.Ref(Hash)}::text COLLATE \"C\" IS NOT DISTINCT FROM v.o";
    }

    private IEnumerable<string> MakeBesides()
    {
        var source = $"{_rows} JOIN {Joined(_bound.Joins.Select(join => join.Alias))}";
        foreach (var update in _write.Update)
        {
            var sets = update.Set.Select(set => $"{_database.Quote(set.Column)} = {Value(set.Value, _bound.OtherColumn(update.Table, set.Column), $"t.{_database.Quote(set.Column)}", null)}");
            yield return $"UPDATE {_text.Table(update.Table)} AS t SET {string.Join(", ", sets)} FROM {source} WHERE {Where(update.Table, update.Where)}";
        }

        foreach (var insert in _write.Insert)
        {
            var columns = insert.Values.Select(value => _database.Quote(value.Column));
            var values = insert.Values.Select(value => Value(value.Value, _bound.OtherColumn(insert.Table, value.Column), "NULL", null));
            yield return $"INSERT INTO {_text.Table(insert.Table)} ({string.Join(", ", columns)}) SELECT {string.Join(", ", values)} FROM {source}";
        }

        foreach (var delete in _write.Delete)
        {
            yield return $"DELETE FROM {_text.Table(delete.Table)} AS t USING {source} WHERE {Where(delete.Table, delete.Where)}";
        }
    }

    private string Joined(IEnumerable<string> aliases)
    {
        var (mailbox, others) = Tied(aliases);
        // The mailbox's table comes first in FROM, followed by its condition and then by the joins that depend on it.
        return $"{mailbox} ON {KeyTie}{others}";
    }

    private (string Mailbox, string Others) Tied(IEnumerable<string> aliases)
    {
        var mailbox = _text.TableAs(_bound.Schema.Mailbox.Alias);
        return (mailbox, _text.From(aliases)[mailbox.Length..]);
    }

    private string Where(string table, IEnumerable<SchemaPair<SchemaValue>> pairs) => string.Join(" AND ", pairs.Select(pair =>
    {
        var column = $"t.{_database.Quote(pair.Key)}";
        return pair.Value switch
        {
            SchemaValue.Null => $"{column} IS NULL",
            SchemaValue.NotNull => $"{column} IS NOT NULL",
            var value => $"{column} = {Value(value, _bound.OtherColumn(table, pair.Key), column, null)}",
        };
    }));

    // target: the column that gets the value, and the SQL for its present value. row: the short name of the table whose
    // row is being updated; none if all tables of the mailbox are joined.
    private string Value(SchemaValue value, SqlColumn column, string target, string? row) => value switch
    {
        SchemaValue.Literal literal => $"{Literal(literal.Text)}::{column.Type}",
        SchemaValue.Null => "NULL",
        SchemaValue.NewHash => "v.n",
        SchemaValue.OldHash => "v.o",
        SchemaValue.Column other => Column(other.Ref, row),
        SchemaValue.Concat concat => $"concat({string.Join(", ", concat.Parts.Select(part => Text(part, row)))})",
        SchemaValue.Now { PlusDays: { } days } now =>
            $"CASE WHEN COALESCE({Column(days, row)}, 0) > 0 THEN {Now(now.Clock, column, Column(days, row))} ELSE {target} END",
        SchemaValue.Now now => Now(now.Clock, column, null),
        SchemaValue.Before before => FormattableString.Invariant($"v.b{before.Index}::{column.Type}"),
        SchemaValue.JsonSet json => json.Members.Aggregate(
            $"COALESCE(NULLIF({target}::text, ''), '{{}}')::jsonb",
            (inner, member) => member.Value is SchemaValue.Before before
                ? FormattableString.Invariant($"CASE WHEN v.b{before.Index} IS NULL THEN {inner} #- {Path(member.Key)} ELSE jsonb_set({inner}, {Path(member.Key)}, v.b{before.Index}::jsonb) END")
                : $"jsonb_set({inner}, {Path(member.Key)}, to_jsonb({Text(member.Value, row)}))") + $"::{column.Type}",
        _ => throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema {_bound.Schema.Name} sets {column.Name} to a kind of value that PostgreSQL does not support.", "docs/schemas.md says which database supports which."),
    };

    /// <summary>A path to a member as PostgreSQL writes it.</summary>
    /// <param name="path">The path, <c>$.name</c>.</param>
    public static string Path(string path) => $"'{{{string.Join(',', path.Split('.').Skip(1))}}}'";

    private string Text(SchemaValue value, string? row) => $"({Value(value, new SqlColumn(string.Empty, "text"), "NULL", row)})::text";

    private string Column(ColumnRef column, string? row) => row is null ? _text.Ref(column) : _text.SeenFrom(column, row);

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Now(SchemaClock clock, SqlColumn column, string? days)
    {
        if (clock == SchemaClock.Unix)
        {
            return $"extract(epoch FROM now())::bigint{(days is null ? string.Empty : $" + 86400 * {days}")}";
        }

        // A column with time zone has a point in time, which is the same in every zone.
        var now = clock == SchemaClock.Utc && !column.Type.EndsWith("with time zone", StringComparison.Ordinal) ? "(now() AT TIME ZONE 'UTC')" : "now()";
        return days is null ? now : $"({now} + {days} * interval '1 day')";
    }
}
