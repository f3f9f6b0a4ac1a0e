namespace MailPass.Stores.Sql;

/// <summary>
/// A schema matched with the tables of a database: with the prefix, the real columns and the options, and without optional parts
/// that are missing.
/// </summary>
internal sealed class BoundSchema
{
    /// <summary>The option of every schema whose mail system can make a person choose another password at the next login.</summary>
    public const string ForceChange = "force-change";

    private readonly Dictionary<string, SqlTable> _tables = new(StringComparer.Ordinal);

    private readonly SqlCatalog _catalog;

    private BoundSchema(SqlSchema schema, SqlCatalog catalog, string prefix)
    {
        Schema = schema;
        _catalog = catalog;
        Prefix = prefix;
    }

    /// <summary>The schema as it was written.</summary>
    public SqlSchema Schema { get; }

    /// <summary>The prefix of every table's name.</summary>
    public string Prefix { get; }

    /// <summary>The joins whose tables exist.</summary>
    public IReadOnlyList<SchemaJoin> Joins { get; private set; } = [];

    /// <summary>Conditions for a row to be a mailbox, as far as their columns exist.</summary>
    public IReadOnlyList<SchemaCondition> Only { get; private set; } = [];

    /// <summary>Conditions for logging in, as far as their columns exist.</summary>
    public IReadOnlyList<SchemaLogin> Login { get; private set; } = [];

    /// <summary>Conditions for writing, as far as their columns exist and no option lifts them.</summary>
    public IReadOnlyList<SchemaGuard> Refuse { get; private set; } = [];

    /// <summary>What a change writes, without parts that are missing or disabled.</summary>
    public SchemaWrite Write { get; private set; } = new();

    /// <summary>What a change writes to make the person choose another password at the next login; <see langword="null"/> if the mail system does not support that.</summary>
    public SchemaWrite? Forced { get; private set; }

    /// <summary>The columns that are put back with an old hash.</summary>
    public IReadOnlyList<KeptColumn> Kept { get; private set; } = [];

    /// <summary>The hash column as the catalogue has it.</summary>
    public SqlColumn HashColumn => Column(Schema.Hash.Column);

    /// <summary>The key column as the catalogue has it.</summary>
    public SqlColumn KeyColumn => Column(Schema.Mailbox.Key);

    /// <summary>Whether rolling back a transaction restores replaced hashes; not so in MyISAM's tables.</summary>
    public bool UndoesHashes => Table(Schema.Hash.Column.Alias).EngineWithoutTransactions is null;

    /// <summary>Other credentials that matter here.</summary>
    public IReadOnlyList<OtherCredential> OtherCredentials { get; private set; } = [];

    /// <summary>Notes on the parts that were left out, one sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Matches a schema with a database.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="catalog">The tables of the database.</param>
    /// <param name="prefix">The prefix of every table's name.</param>
    /// <param name="options">The options that are on.</param>
    /// <param name="outOfSight">Tables that may exist although the catalogue lacks them.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemaNotDetected"/>: a table or column is missing; <see cref="ErrorIds.SchemaInvalid"/>: an option does not exist.</exception>
    public static BoundSchema Bind(SqlSchema schema, SqlCatalog catalog, string prefix, IReadOnlyList<string> options, IReadOnlySet<string> outOfSight)
    {
        foreach (var option in options)
        {
            if (!schema.Options.ContainsKey(option))
            {
                throw new MailPassException(
                    ErrorIds.SchemaInvalid,
                    $"The schema {schema.Name} has no option '{option}'.",
                    schema.Options.Count == 0 ? "It has no options." : $"It has {string.Join(", ", schema.Options.Keys)}.");
            }
        }

        var bound = new BoundSchema(schema, catalog, prefix);
        bound.BindTables();
        bound.BindConditions(options);
        bound.Write = bound.BindWrite(options);
        var forced = schema.Options.ContainsKey(ForceChange) ? bound.BindWrite([.. options, ForceChange]) : null;
        bound.Forced = forced is not null && (forced.Update.Any(update => update.Option == ForceChange) || forced.Set.Any(set => set.Option == ForceChange)) ? forced : null;
        bound.Kept = KeptColumns.Of(bound);
        bound.NoteTablesWithoutTransactions();
        bound.OtherCredentials = schema.OtherCredentials
            // An option cannot close a way in whose table the login does not see.
            .Where(credential => credential.Unless is null || !options.Contains(credential.Unless) || !Sees(credential.Table))
            .Where(credential => Sees(credential.Table) || outOfSight.Contains(prefix + credential.Table))
            .Select(credential => new OtherCredential(
                Sees(credential.Table) ? credential.Text : $"{credential.Text} This login may not see whether there are any.",
                credential.Table ?? credential.Elsewhere))
            .ToArray();
        return bound;

        bool Sees(string? table) => table is null || catalog.Tables.ContainsKey(prefix + table);
    }

    /// <summary>Stops keeping the columns that are put back with an old hash, because the login may write but not read them.</summary>
    public void KeepNothing()
    {
        Notes.Add($"This login may not read {string.Join(", ", Kept.Select(column => column.Place))}: undoing a run leaves the time of the restore there.");
        Kept = [];
    }

    /// <summary>What a batch writes together with its hashes.</summary>
    /// <param name="first">The first of its changes, which all put back the same columns, or none.</param>
    public SchemaWrite WriteFor(HashWrite first) => first.PutBack is { } before ? KeptColumns.WriteBack(this, before)
        : first.ForceChange ? Forced ?? throw new InvalidOperationException("The schema does not support a forced change at the next login.")
        : Write;

    /// <summary>The table with a short name.</summary>
    /// <param name="alias">The short name.</param>
    public SqlTable Table(string alias) => _tables[alias];

    /// <summary>The column as the catalogue has it.</summary>
    /// <param name="column">The column.</param>
    public SqlColumn Column(ColumnRef column) => _tables[column.Alias].Columns[column.Column];

    /// <summary>A table that is not the mailbox's own.</summary>
    /// <param name="table">The table, without prefix.</param>
    public SqlTable OtherTable(string table) => _catalog.Tables[Prefix + table];

    /// <summary>A column of a table that is not the mailbox's own.</summary>
    /// <param name="table">The table, without prefix.</param>
    /// <param name="column">The column.</param>
    public SqlColumn OtherColumn(string table, string column) => OtherTable(table).Columns[column];

    /// <summary>A table's name as the database spells it.</summary>
    /// <param name="table">The table, without prefix.</param>
    public string NameOf(string table) => _catalog.Tables.TryGetValue(Prefix + table, out var there) ? there.Name : Prefix + table;

    private bool Has(ColumnRef column) => _tables.TryGetValue(column.Alias, out var table) && table.Columns.ContainsKey(column.Column);

    private MailPassException Missing(string what) => new(
        ErrorIds.SchemaNotDetected,
        $"The database does not fit the schema {Schema.Name} ({Schema.Title}): {what} is missing or not visible to this login.",
        "Name the right schema, or grant the login what the mail system's page lists.");

    private void BindTables()
    {
        var mailbox = Schema.Mailbox;
        _tables.Add(mailbox.Alias, _catalog.Tables.GetValueOrDefault(Prefix + mailbox.Table) ?? throw Missing($"the table {Prefix + mailbox.Table}"));
        var joins = new List<SchemaJoin>();
        foreach (var join in mailbox.Joins)
        {
            if (!_catalog.Tables.TryGetValue(Prefix + join.Table, out var table))
            {
                if (!join.Optional)
                {
                    throw Missing($"the table {Prefix + join.Table}");
                }

                Notes.Add($"The table {Prefix + join.Table} is missing or not visible to this login; what depends on it is left out.");
                continue;
            }

            _tables.Add(join.Alias, table);
            foreach (var column in join.Columns)
            {
                Require(new ColumnRef(join.Alias, column));
            }

            joins.Add(join);
        }

        foreach (var join in joins)
        {
            foreach (var (_, other) in join.On)
            {
                Require(other);
            }
        }

        Joins = joins;
        foreach (var column in new[] { mailbox.Key, mailbox.Address, mailbox.Lookup, Schema.Hash.Column })
        {
            Require(column);
        }

        if (mailbox.Domain is { } domain)
        {
            Require(domain);
        }
    }

    private void Require(ColumnRef column)
    {
        if (!Has(column))
        {
            throw Missing($"the column {column}");
        }
    }

    private bool Applies(SchemaCondition condition)
    {
        if (Has(condition.Column))
        {
            return true;
        }

        return condition.Optional || !_tables.ContainsKey(condition.Column.Alias) ? false : throw Missing($"the column {condition.Column}");
    }

    // A condition on a missing column counts as fulfilled, and so does one with such an alternative.
    private bool AllApply(SchemaCondition condition) => Applies(condition) && condition.Or.All(Applies);

    private SchemaCondition WithoutLeftOut(SchemaCondition condition) =>
        condition with { Or = condition.Or.Where(other => !other.LeftOut || Has(other.Column)).ToArray() };

    private void BindConditions(IReadOnlyList<string> options)
    {
        Only = Schema.Only.Select(WithoutLeftOut).Where(AllApply).ToArray();
        Login = Schema.Login.Select(login => login with { Condition = WithoutLeftOut(login.Condition) }).Where(login => AllApply(login.Condition)).ToArray();
        Refuse = Schema.Refuse
            .Select(guard => guard with { Condition = WithoutLeftOut(guard.Condition) })
            .Where(guard => (guard.Unless is null || !options.Contains(guard.Unless)) && AllApply(guard.Condition))
            .ToArray();
    }

    private SchemaWrite BindWrite(IReadOnlyList<string> options)
    {
        bool On(string? option) => option is null || options.Contains(option);

        SchemaAssignment[] Assignments(SqlTable table, IReadOnlyList<SchemaAssignment> set, bool allOptional) => set
            .Where(assignment => On(assignment.Option) && Known(table, assignment, allOptional || assignment.Optional))
            .ToArray();

        bool Known(SqlTable table, SchemaAssignment assignment, bool optional)
        {
            if (table.Columns.ContainsKey(assignment.Column) && ValueBinds(assignment.Value))
            {
                return true;
            }

            return optional ? false : throw Missing($"the column {table.Name}.{assignment.Column} (or what it is set to)");
        }

        var hashTable = _tables[Schema.Hash.Column.Alias];
        return new SchemaWrite
        {
            Set = Assignments(hashTable, Schema.Write.Set, allOptional: false),
            Update = Schema.Write.Update
                .Where(update => On(update.Option) && Present(update.Table, update.Where.Select(pair => pair.Key), update.Where.Select(pair => pair.Value), update.Optional))
                .Select(update => update with { Set = Assignments(_catalog.Tables[Prefix + update.Table], update.Set, update.Optional) })
                .Where(update => update.Set.Count > 0)
                .ToArray(),
            Insert = Schema.Write.Insert
                .Where(insert => On(insert.Option) && Present(insert.Table, insert.Values.Select(value => value.Column), insert.Values.Select(value => value.Value), insert.Optional))
                .ToArray(),
            Delete = Schema.Write.Delete
                .Where(delete => On(delete.Option) && Present(delete.Table, delete.Where.Select(pair => pair.Key), delete.Where.Select(pair => pair.Value), delete.Optional))
                .ToArray(),
        };

        bool Present(string name, IEnumerable<string> columns, IEnumerable<SchemaValue> values, bool optional)
        {
            var missing = _catalog.Tables.TryGetValue(Prefix + name, out var table)
                ? columns.FirstOrDefault(column => !table.Columns.ContainsKey(column)) is { } column ? $"the column {table.Name}.{column}" : null
                : $"the table {Prefix + name}";
            missing ??= values.All(ValueBinds) ? null : $"a column that the rows of {Prefix + name} are made from";
            if (missing is null)
            {
                return true;
            }

            if (!optional)
            {
                throw Missing(missing);
            }

            var note = $"{char.ToUpperInvariant(missing[0])}{missing[1..]} is missing or not visible to this login; it is left alone.";
            if (!Notes.Contains(note))
            {
                Notes.Add(note);
            }

            return false;
        }
    }

    private void NoteTablesWithoutTransactions()
    {
        var written = Write.Update.Select(update => update.Table)
            .Concat(Write.Insert.Select(insert => insert.Table))
            .Concat(Write.Delete.Select(delete => delete.Table))
            .Select(name => _catalog.Tables[Prefix + name])
            .Prepend(Table(Schema.Hash.Column.Alias));
        foreach (var table in written.Where(table => table.EngineWithoutTransactions is not null).DistinctBy(table => table.Name))
        {
            Notes.Add($"The table {table.Name} is of the kind {table.EngineWithoutTransactions}, which has no transactions: what a statement wrote before it failed stays written. ALTER TABLE {table.Name} ENGINE=InnoDB fixes that.");
        }
    }

    private bool ValueBinds(SchemaValue value) => value switch
    {
        SchemaValue.Column column => Has(column.Ref),
        SchemaValue.Now { PlusDays: { } days } => Has(days),
        SchemaValue.Concat concat => concat.Parts.All(ValueBinds),
        SchemaValue.JsonSet json => json.Members.All(member => ValueBinds(member.Value)),
        _ => true,
    };
}
