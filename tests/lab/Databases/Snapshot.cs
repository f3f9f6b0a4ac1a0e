namespace MailPass.Lab.Databases;

/// <summary>The whole content of a database, so that a test can check what changed and that nothing else did.</summary>
/// <param name="Tables">The tables by name.</param>
public sealed record Snapshot(IReadOnlyDictionary<string, Snapshot.Table> Tables)
{
    private static readonly Table s_none = new([], []);

    /// <summary>One table.</summary>
    /// <param name="Key">The columns of its primary key; none if it has none.</param>
    /// <param name="Rows">Its rows.</param>
    public sealed record Table(string[] Key, IReadOnlyList<LabRow> Rows);

    /// <summary>
    /// What differs, one line each, in a stable order: <c>mailbox[username=a@b].password: old → new</c>,
    /// <c>log + id=7, action=…</c>, <c>reset_password - token=…</c>.
    /// </summary>
    public IReadOnlyList<Difference> DifferencesTo(Snapshot later)
    {
        var differences = new List<Difference>();
        foreach (var name in Tables.Keys.Union(later.Tables.Keys).Order(StringComparer.Ordinal))
        {
            var before = Tables.GetValueOrDefault(name, s_none);
            var after = later.Tables.GetValueOrDefault(name, s_none);
            var old = Index(before);
            var now = Index(after);
            foreach (var (key, row) in old)
            {
                if (!now.TryGetValue(key, out var changed))
                {
                    differences.Add(new Difference(name, key, DifferenceKind.Deleted, null, null, null, row));
                    continue;
                }

                differences.AddRange(row
                    .Where(cell => !string.Equals(cell.Value, changed[cell.Key], StringComparison.Ordinal))
                    .Select(cell => new Difference(name, key, DifferenceKind.Changed, cell.Key, cell.Value, changed[cell.Key], changed)));
            }

            differences.AddRange(now
                .Where(pair => !old.ContainsKey(pair.Key))
                .Select(pair => new Difference(name, pair.Key, DifferenceKind.Inserted, null, null, null, pair.Value)));
        }

        return differences;
    }

    private static SortedDictionary<string, LabRow> Index(Table table)
    {
        var index = new SortedDictionary<string, LabRow>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            // Without a primary key, a row is identified by all its values; equal rows are counted.
            var key = string.Join(',', (table.Key.Length > 0 ? table.Key : [.. row.Keys]).Select(column => column + "=" + (row[column] ?? "NULL")));
            var count = 1;
            while (!index.TryAdd(count == 1 ? key : $"{key}#{count}", row))
            {
                count++;
            }
        }

        return index;
    }
}

/// <summary>How something differs.</summary>
public enum DifferenceKind
{
    /// <summary>A column of a row has another value.</summary>
    Changed,

    /// <summary>A row is new.</summary>
    Inserted,

    /// <summary>A row is gone.</summary>
    Deleted,
}

/// <summary>One difference between two snapshots.</summary>
/// <param name="Table">The table.</param>
/// <param name="RowKey">The row: <c>column=value</c> of its primary key.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="Column">The column that changed.</param>
/// <param name="Before">Its old value.</param>
/// <param name="After">Its new value.</param>
/// <param name="Row">The row as it is now, or was before it was deleted.</param>
public sealed record Difference(string Table, string RowKey, DifferenceKind Kind, string? Column, string? Before, string? After, LabRow Row)
{
    /// <summary>Where it is, without values: <c>mailbox[username=a@b].password</c>, <c>log +</c>, <c>reset_password -</c>.</summary>
    public string Place => Kind switch
    {
        DifferenceKind.Changed => $"{Table}[{RowKey}].{Column}",
        DifferenceKind.Inserted => $"{Table} +",
        _ => $"{Table} -",
    };

    /// <inheritdoc/>
    public override string ToString() => Kind == DifferenceKind.Changed
        ? $"{Place}: {Before ?? "NULL"} → {After ?? "NULL"}"
        : $"{Place} {string.Join(", ", Row.Select(cell => $"{cell.Key}={cell.Value ?? "NULL"}"))}";
}
