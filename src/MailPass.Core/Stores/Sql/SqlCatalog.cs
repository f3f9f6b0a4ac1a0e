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
    /// <param name="indexes">The indexes that a statement may name, and the column that each begins with.</param>
    public SqlCatalog With(IEnumerable<(string Table, string Column, string Index)> indexes)
    {
        var byTable = indexes.ToLookup(index => index.Table, StringComparer.Ordinal);
        return new(Tables.ToDictionary(
            pair => pair.Key,
            pair => pair.Value with { Indexes = byTable[pair.Value.Name].ToLookup(index => index.Column, index => index.Index, StringComparer.OrdinalIgnoreCase) },
            StringComparer.OrdinalIgnoreCase));
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
    /// <summary>Its indexes by the column that each begins with, where the engine has to be told which to use.</summary>
    public ILookup<string, string> Indexes { get; init; } = Array.Empty<string>().ToLookup(index => index);
}

/// <summary>A column.</summary>
/// <param name="Name">Its name as it is written there.</param>
/// <param name="Type">Its type as the catalogue names it, lower case: <c>varchar</c>, <c>bigint</c>…</param>
/// <param name="Width">The most characters it holds; <see langword="null"/> for no limit.</param>
/// <param name="Charset">Its character set, where the engine has one a column.</param>
/// <param name="Collation">Its collation, where the engine has one a column.</param>
internal sealed record SqlColumn(string Name, string Type, int? Width = null, string? Charset = null, string? Collation = null);
