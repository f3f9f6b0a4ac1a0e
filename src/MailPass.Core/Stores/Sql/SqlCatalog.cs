namespace MailPass.Stores.Sql;

/// <summary>The tables of a database as the login sees them.</summary>
/// <param name="Tables">By name, without regard to case; where names differ in nothing else, the one in lower case, as schemas write them.</param>
internal sealed record SqlCatalog(IReadOnlyDictionary<string, SqlTable> Tables)
{
    /// <summary>Gathers tables from their columns.</summary>
    /// <param name="columns">Table and column, the columns of a table in their order.</param>
    /// <param name="enginesWithoutTransactions">The kinds of those tables that know no transactions, by the tables' names.</param>
    public static SqlCatalog Of(IEnumerable<(string Table, SqlColumn Column)> columns, IReadOnlyDictionary<string, string>? enginesWithoutTransactions = null)
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

    /// <summary>The same with the tables' indexes.</summary>
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
/// <param name="Name">Its name as it is written there.</param>
/// <param name="Columns">By name, without regard to case.</param>
/// <param name="EngineWithoutTransactions">The kind of table where it knows no transactions (MyISAM, Aria): what a statement wrote before it failed stays written.</param>
internal sealed record SqlTable(string Name, IReadOnlyDictionary<string, SqlColumn> Columns, string? EngineWithoutTransactions = null)
{
    /// <summary>Its indexes, where the engine has to be told which to use.</summary>
    public IReadOnlyList<SqlIndex> Indexes { get; init; } = [];
}

/// <summary>A column.</summary>
/// <param name="Name">Its name as it is written there.</param>
/// <param name="Type">Its type as the catalogue names it, lower case: <c>varchar</c>, <c>bigint</c>…</param>
/// <param name="Width">The most characters it holds; <see langword="null"/> for no limit.</param>
/// <param name="Charset">Its character set, where the engine has one a column.</param>
/// <param name="Collation">Its collation, where the engine has one a column.</param>
internal sealed record SqlColumn(string Name, string Type, int? Width = null, string? Charset = null, string? Collation = null);

/// <summary>An index that a statement may name.</summary>
/// <param name="Name">Its name; <c>PRIMARY</c> for the primary key.</param>
/// <param name="Columns">Its columns in their order; <see langword="null"/> for an expression or the first letters of a column alone.</param>
internal sealed record SqlIndex(string Name, IReadOnlyList<string?> Columns)
{
    /// <summary>Whether it consists of these columns and no others.</summary>
    /// <param name="columns">The columns in their order.</param>
    public bool Is(params string[] columns) => Columns.SequenceEqual(columns, StringComparer.OrdinalIgnoreCase);
}
