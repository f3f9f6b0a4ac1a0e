namespace MailPass.Stores.Sql;

/// <summary>Parts of statements that depend only on a schema's names.</summary>
/// <param name="database">The dialect.</param>
/// <param name="bound">The schema over its tables.</param>
internal sealed class SqlText(SqlDatabase database, BoundSchema bound)
{
    /// <summary>A column, as SQL.</summary>
    /// <param name="column">The column.</param>
    public string Ref(ColumnRef column)
    {
        var text = $"{database.Quote(column.Alias)}.{database.Quote(bound.Column(column).Name)}";
        return column.DomainOnly ? database.DomainOf(text) : text;
    }

    /// <summary>A table's name, as SQL.</summary>
    /// <param name="name">The table, without prefix.</param>
    public string Table(string name) => database.Quote(bound.NameOf(name));

    /// <summary>A table and its short name.</summary>
    /// <param name="alias">The short name.</param>
    public string TableAs(string alias) => $"{database.Quote(bound.Table(alias).Name)} {database.Quote(alias)}";

    /// <summary>The mailbox's table with those of its joins that are needed.</summary>
    /// <param name="aliases">The short names that the statement mentions.</param>
    /// <param name="hint">The hint after the mailbox's table.</param>
    public string From(IEnumerable<string> aliases, string hint = "") => TableAs(bound.Schema.Mailbox.Alias) + hint + Joins(aliases);

    /// <summary>The joins that are needed, as SQL to follow the mailbox's table.</summary>
    /// <param name="aliases">The short names that the statement mentions.</param>
    public string Joins(IEnumerable<string> aliases)
    {
        var needed = Needed(aliases);
        return string.Concat(bound.Joins.Where(join => join.Required || needed.Contains(join.Alias))
            .Select(join => $" {(join.Required ? "JOIN" : "LEFT JOIN")} {TableBy(join.Alias, join.Columns)} ON {On(join)}"));
    }

    /// <summary>A table whose rows are found by some of its columns, and its short name.</summary>
    /// <param name="alias">The short name.</param>
    /// <param name="columns">The columns.</param>
    public string TableBy(string alias, IEnumerable<string> columns) => TableAs(alias) + database.LookupHint(bound.Table(alias), columns);

    /// <summary>A join's condition.</summary>
    /// <param name="join">The join.</param>
    public string On(SchemaJoin join) => string.Join(" AND ", join.On.Select(pair =>
    {
        var column = new ColumnRef(join.Alias, pair.Key);
        return $"{Ref(column)} = {database.ComparedWith(bound.Column(column), bound.Column(pair.Value), Ref(pair.Value))}";
    })
    // SchemaReader does not accept a constant that could end a literal.
    .Concat(join.Constants.Select(pair => $"{Ref(new ColumnRef(join.Alias, pair.Key))} = '{pair.Value}'")));

    /// <summary>A column of another table of the same mailbox, seen from a row that is being written.</summary>
    /// <param name="column">The column.</param>
    /// <param name="row">The short name of the table whose row is being written.</param>
    public string SeenFrom(ColumnRef column, string row)
    {
        if (column.Alias == row)
        {
            return Ref(column);
        }

        // The tables between the two, each tied by its own condition; the row's own table stays outside.
        var between = Needed([column.Alias]);
        between.UnionWith(Needed([row]));
        between.Remove(row);
        var ties = bound.Joins.Where(join => between.Contains(join.Alias) || join.Alias == row).Select(On);
        return $"(SELECT {Ref(column)} FROM {string.Join(", ", between.Select(TableAs))} WHERE {string.Join(" AND ", ties)})";
    }

    // Each alias with those that its join depends on, down to the mailbox's own.
    private HashSet<string> Needed(IEnumerable<string> aliases)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(aliases);
        while (open.TryPop(out var alias))
        {
            if (needed.Add(alias) && bound.Joins.FirstOrDefault(join => join.Alias == alias) is { } join)
            {
                foreach (var (_, other) in join.On)
                {
                    open.Push(other.Alias);
                }
            }
        }

        return needed;
    }
}
