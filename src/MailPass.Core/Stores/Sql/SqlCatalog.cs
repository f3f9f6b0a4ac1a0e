namespace MailPass.Stores.Sql;

/// <summary>The tables of a database as the login sees them.</summary>
/// <param name="Tables">By name, without regard to case; if two names differ only in case, the one in lower case, as in schemas.</param>
internal sealed record SqlCatalog(IReadOnlyDictionary<string, SqlTable> Tables)
{
    /// <summary>Builds the catalogue from columns.</summary>
    /// <param name="columns">The columns of each table in their order.</param>
    /// <param name="enginesWithoutTransactions">The storage engines of tables without transactions, by the tables' names.</param>
    public static SqlCatalog Of(IEnumerable<TableColumn> columns, IReadOnlyDictionary<string, string>? enginesWithoutTransactions = null)
    {
        var tables = new Dictionary<string, SqlTable>(StringComparer.OrdinalIgnoreCase);
        foreach (var table in columns.GroupBy(column => column.Table, column => column.Column, StringComparer.Ordinal))
        {
            var byName = new Dictionary<string, SqlColumn>(StringComparer.OrdinalIgnoreCase);
            foreach (var column in table)
            {
                AddOrPreferLower(byName, column.Name, column);
            }

            AddOrPreferLower(tables, table.Key, new SqlTable(table.Key, byName, enginesWithoutTransactions?.GetValueOrDefault(table.Key)));
        }

        return new SqlCatalog(tables);
    }

    /// <summary>This catalogue with the tables' indexes.</summary>
    /// <param name="indexes">The indexes that a statement may name, each with its table.</param>
    public SqlCatalog With(IEnumerable<(string Table, SqlIndex Index)> indexes)
    {
        var byTable = indexes.ToLookup(index => index.Table, index => index.Index, StringComparer.Ordinal);
        return new(Tables.ToDictionary(pair => pair.Key, pair => pair.Value with { Indexes = byTable[pair.Value.Name].ToArray() }, StringComparer.OrdinalIgnoreCase));
    }

    private static void AddOrPreferLower<T>(Dictionary<string, T> all, string name, T one)
    {
        if (!all.TryAdd(name, one) && name.Equals(name.ToLowerInvariant(), StringComparison.Ordinal))
        {
            all[name] = one;
        }
    }
}

/// <summary>A table (or view) and its columns.</summary>
/// <param name="Name">Its name as the database spells it.</param>
/// <param name="Columns">By name, without regard to case.</param>
/// <param name="EngineWithoutTransactions">The storage engine if it has no transactions (MyISAM, Aria): what a statement wrote before it failed stays written.</param>
internal sealed record SqlTable(string Name, IReadOnlyDictionary<string, SqlColumn> Columns, string? EngineWithoutTransactions = null)
{
    /// <summary>Its indexes, if statements for this engine must name the index to use.</summary>
    public IReadOnlyList<SqlIndex> Indexes { get; init; } = [];
}

/// <summary>A column.</summary>
/// <param name="Name">Its name as the database spells it.</param>
/// <param name="Type">Its type as the catalogue names it, lower case: <c>varchar</c>, <c>bigint</c>…</param>
/// <param name="Width">The most characters it holds; <see langword="null"/> for no limit.</param>
/// <param name="Charset">Its character set, if the engine has one per column.</param>
/// <param name="Collation">Its collation, if the engine has one per column.</param>
internal sealed record SqlColumn(string Name, string Type, int? Width = null, string? Charset = null, string? Collation = null);

/// <summary>A column and its table's name.</summary>
internal sealed record TableColumn(string Table, SqlColumn Column);

/// <summary>An index that a statement may name.</summary>
/// <param name="Name">Its name; <c>PRIMARY</c> for the primary key.</param>
/// <param name="Columns">Its columns in their order; <see langword="null"/> for an expression or the beginning of a column.</param>
internal sealed record SqlIndex(string Name, IReadOnlyList<string?> Columns)
{
    /// <summary>Whether it has exactly these columns.</summary>
    /// <param name="columns">The columns in their order.</param>
    public bool Is(params string[] columns) => Columns.SequenceEqual(columns, StringComparer.OrdinalIgnoreCase);
}
