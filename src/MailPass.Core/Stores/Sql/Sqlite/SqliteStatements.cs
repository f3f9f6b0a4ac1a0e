namespace MailPass.Stores.Sql.Sqlite;

/// <summary>
/// The statements that write one mailbox, from the schema. Their parameters: <c>@key</c>, <c>@old</c> and <c>@new</c>
/// hash, <c>@time</c> in seconds since 1970, and <c>@b0</c>, <c>@b1</c>… for bookkeeping that is put back.
/// </summary>
/// <param name="database">The dialect.</param>
/// <param name="bound">The schema over its tables.</param>
/// <param name="write">What is written together with the hash.</param>
internal sealed class SqliteStatements(SqlDatabase database, BoundSchema bound, SchemaWrite write)
{
    private readonly SqlText _text = new(database, bound);

    /// <summary>Replaces the hash if it is still the old one, together with the other columns of the row.</summary>
    public string Update()
    {
        var hash = bound.Schema.Hash.Column;
        var mailbox = bound.Schema.Mailbox;
        var sets = write.Set
            .Select(assignment => (assignment.Column, Sql: Value(assignment.Value, hash.Alias, assignment.Column)))
            .Select(set => $"{database.Quote(set.Column)} = {set.Sql}")
            .Prepend($"{database.Quote(bound.HashColumn.Name)} = @new");
        var tie = hash.Alias == mailbox.Alias
            ? $"{_text.Ref(mailbox.Key)} = @key"
            : $"{_text.SeenFrom(mailbox.Key, hash.Alias)} = @key";
        return $"UPDATE {database.Quote(bound.Table(hash.Alias).Name)} AS {database.Quote(hash.Alias)} SET {string.Join(", ", sets)} WHERE {tie} AND {_text.Ref(hash)} IS @old";
    }

    /// <summary>Reads the present hash, and <see cref="LoginText.Verdict"/>.</summary>
    /// <param name="login">The conditions for logging in.</param>
    public string ReadBack(LoginText login) =>
        $"SELECT {_text.Ref(bound.Schema.Hash.Column)}, {login.Verdict("1 = 1", $"{_text.Ref(bound.Schema.Hash.Column)} IS @new")} FROM {_text.From([bound.Schema.Hash.Column.Alias])} WHERE {_text.Ref(bound.Schema.Mailbox.Key)} = @key";

    /// <summary>The statements for other tables.</summary>
    public IEnumerable<string> Besides()
    {
        foreach (var update in write.Update)
        {
            var sets = update.Set.Select(set => $"{database.Quote(set.Column)} = {Value(set.Value, null, set.Column)}");
            yield return $"UPDATE {_text.Table(update.Table)} SET {string.Join(", ", sets)} WHERE {Where(update.Where)}";
        }

        foreach (var insert in write.Insert)
        {
            var columns = insert.Values.Select(value => database.Quote(value.Column));
            var values = insert.Values.Select(value => Value(value.Value, null, value.Column));
            yield return $"INSERT INTO {_text.Table(insert.Table)} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", values)})";
        }

        foreach (var delete in write.Delete)
        {
            yield return $"DELETE FROM {_text.Table(delete.Table)} WHERE {Where(delete.Where)}";
        }
    }

    private string Where(IEnumerable<SchemaPair<SchemaValue>> pairs) => string.Join(" AND ", pairs.Select(pair => pair.Value switch
    {
        SchemaValue.Null => $"{database.Quote(pair.Key)} IS NULL",
        SchemaValue.NotNull => $"{database.Quote(pair.Key)} IS NOT NULL",
        var value => $"{database.Quote(pair.Key)} = {Value(value, null, pair.Key)}",
    }));

    // row: the short name of the table whose row is being updated, or none if a statement reads the mailbox's row from outside.
    private string Value(SchemaValue value, string? row, string target) => value switch
    {
        SchemaValue.Literal literal => $"'{literal.Text.Replace("'", "''", StringComparison.Ordinal)}'",
        SchemaValue.Null => "NULL",
        SchemaValue.NewHash => "@new",
        SchemaValue.OldHash => "@old",
        SchemaValue.Column column => Column(column.Ref, row),
        SchemaValue.Concat concat => string.Join(" || ", concat.Parts.Select(part => $"COALESCE({Value(part, row, target)}, '')")),
        SchemaValue.Now { PlusDays: { } days } now =>
            $"CASE WHEN COALESCE({Column(days, row)}, 0) > 0 THEN {Now(now.Clock, Column(days, row))} ELSE {database.Quote(target)} END",
        SchemaValue.Now now => Now(now.Clock, null),
        SchemaValue.Before before => Before(before),
        SchemaValue.JsonSet json when json.Members.Any(member => member.Value is SchemaValue.Before) => json.Members.Aggregate(
            $"COALESCE(NULLIF({database.Quote(target)}, ''), '{{}}')",
            (whole, member) => member.Value is SchemaValue.Before before
                ? $"iif({Before(before)} IS NULL, json_remove({whole}, '{member.Key}'), json_set({whole}, '{member.Key}', json({Before(before)})))"
                : $"json_set({whole}, '{member.Key}', CAST({Value(member.Value, row, target)} AS TEXT))"),
        SchemaValue.JsonSet json => $"json_set(COALESCE(NULLIF({database.Quote(target)}, ''), '{{}}'), {string.Join(", ", json.Members.Select(member => $"'{member.Key}', CAST({Value(member.Value, row, target)} AS TEXT)"))})",
        _ => throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema {bound.Schema.Name} sets {target} to a kind of value that SQLite does not support.", "docs/schemas.md says which database supports which."),
    };

    private static string Before(SchemaValue.Before before) => FormattableString.Invariant($"@b{before.Index}");

    private string Column(ColumnRef column, string? row) => row is null
        ? $"(SELECT {_text.Ref(column)} FROM {_text.From([column.Alias])} WHERE {_text.Ref(bound.Schema.Mailbox.Key)} = @key)"
        : _text.SeenFrom(column, row);

    private static string Now(SchemaClock clock, string? days)
    {
        var plus = days is null ? string.Empty : $", '+' || {days} || ' days'";
        return clock switch
        {
            SchemaClock.Server => $"datetime(@time, 'unixepoch', 'localtime'{plus})",
            SchemaClock.Utc => $"datetime(@time, 'unixepoch'{plus})",
            _ => days is null ? "@time" : $"@time + 86400 * {days}",
        };
    }
}
