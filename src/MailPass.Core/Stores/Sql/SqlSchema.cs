namespace MailPass.Stores.Sql;

/// <summary>
/// How one mail system lays its mailboxes out in a database: read from a JSON file (<c>Stores/Sql/Schemas</c>, or the
/// admin's own), described field by field in <c>docs/schemas.md</c>. A mail system is data here, not code.
/// </summary>
internal sealed record SqlSchema
{
    /// <summary>The name to choose it by: lower case, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>The mail system's own name.</summary>
    public required string Title { get; init; }

    /// <summary>The databases that the mail system can use.</summary>
    public required IReadOnlyList<SqlEngine> Engines { get; init; }

    /// <summary>Whether an installation may put one prefix before all its tables.</summary>
    public bool TablePrefix { get; init; }

    /// <summary>The tables and columns that identify it; all of them must exist.</summary>
    public required IReadOnlyList<SchemaSignature> Detect { get; init; }

    /// <summary>The mailbox's row: where it is and what is read from it.</summary>
    public required SchemaMailbox Mailbox { get; init; }

    /// <summary>Where the domains are listed; <see langword="null"/> to gather them from the mailboxes.</summary>
    public SchemaDomains? Domains { get; init; }

    /// <summary>The hash column.</summary>
    public required SchemaHash Hash { get; init; }

    /// <summary>Conditions for a row to be a mailbox; other rows are rooms, lists…</summary>
    public IReadOnlyList<SchemaCondition> Only { get; init; } = [];

    /// <summary>Conditions for a mailbox to log in with the stored hash; the first that fails decides, except for caveats.</summary>
    public IReadOnlyList<SchemaLogin> Login { get; init; } = [];

    /// <summary>Conditions for a hash to be written at all.</summary>
    public IReadOnlyList<SchemaGuard> Refuse { get; init; } = [];

    /// <summary>Options that an admin may turn on, with a sentence each.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>What a change writes besides the hash.</summary>
    public SchemaWrite Write { get; init; } = new();

    /// <summary>Other ways into the same mailbox that a changed hash does not close.</summary>
    public IReadOnlyList<SchemaCredential> OtherCredentials { get; init; } = [];
}

/// <summary>The databases of schemas.</summary>
internal enum SqlEngine
{
    /// <summary>SQLite.</summary>
    Sqlite,

    /// <summary>MySQL and MariaDB.</summary>
    MySql,

    /// <summary>PostgreSQL.</summary>
    PostgreSql,
}

/// <summary>A table that identifies a schema.</summary>
/// <param name="Table">The table, without prefix.</param>
/// <param name="Columns">Columns it must have.</param>
/// <param name="Without">Columns it must not have, to tell related mail systems apart.</param>
internal sealed record SchemaSignature(string Table, IReadOnlyList<string> Columns, IReadOnlyList<string> Without);

/// <summary>A column of one of the tables that a mailbox's row is joined from.</summary>
/// <param name="Alias">The table's short name in this schema.</param>
/// <param name="Column">The column.</param>
/// <param name="DomainOnly">Whether this means only the part after the <c>@</c> of the column's address.</param>
internal sealed record ColumnRef(string Alias, string Column, bool DomainOnly = false)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Alias}.{Column}";
}

/// <summary>A column or path, and what belongs to it.</summary>
/// <remarks>
/// Like the other parts of a schema it is a class: the framework has its lists of classes compiled, and those of structures are
/// compiled at each start.
/// </remarks>
/// <param name="Key">The column or path.</param>
/// <param name="Value">What belongs to it.</param>
internal sealed record SchemaPair<T>(string Key, T Value)
    where T : class;

/// <summary>Makes pairs.</summary>
internal static class SchemaPair
{
    /// <summary>Makes a pair.</summary>
    public static SchemaPair<T> Of<T>(string key, T value)
        where T : class => new(key, value);
}

/// <summary>The mailbox's row.</summary>
internal sealed record SchemaMailbox
{
    /// <summary>The table with one row per mailbox, without prefix.</summary>
    public required string Table { get; init; }

    /// <summary>The table's short name within the schema.</summary>
    public required string Alias { get; init; }

    /// <summary>Tables with more about the same mailbox.</summary>
    public IReadOnlyList<SchemaJoin> Joins { get; init; } = [];

    /// <summary>The column that identifies the row: unique, never changing, indexed, in the mailbox's own table.</summary>
    public required ColumnRef Key { get; init; }

    /// <summary>The address.</summary>
    public required ColumnRef Address { get; init; }

    /// <summary>The indexed column by which an address is found.</summary>
    public required ColumnRef Lookup { get; init; }

    /// <summary>The domain; <see langword="null"/> if it is only in the address, after its @.</summary>
    public ColumnRef? Domain { get; init; }

    /// <summary>The person's name.</summary>
    public ColumnRef? Name { get; init; }

    /// <summary>When the password was last changed.</summary>
    public SchemaTime? Changed { get; init; }
}

/// <summary>A table joined to the mailbox's row.</summary>
/// <param name="Table">The table, without prefix.</param>
/// <param name="Alias">Its short name.</param>
/// <param name="On">Its columns and what each must equal.</param>
/// <param name="Required">Whether a row without a partner is not a mailbox (inner join).</param>
/// <param name="Optional">Whether the table may be missing altogether; everything that names it is then left out.</param>
internal sealed record SchemaJoin(string Table, string Alias, IReadOnlyList<SchemaPair<ColumnRef>> On, bool Required, bool Optional)
{
    /// <summary>Its columns that must equal a constant, as in a table that keeps one property per row.</summary>
    public IReadOnlyList<SchemaPair<string>> Constants { get; init; } = [];

    /// <summary>All columns by which its row is found.</summary>
    public IEnumerable<string> Columns => On.Select(pair => pair.Key).Concat(Constants.Select(pair => pair.Key));
}

/// <summary>Where the domains are listed.</summary>
/// <param name="Table">The table, without prefix.</param>
/// <param name="Column">The column.</param>
internal sealed record SchemaDomains(string Table, string Column);

/// <summary>A column with a point in time.</summary>
/// <param name="Column">The column.</param>
/// <param name="Clock">Its format.</param>
internal sealed record SchemaTime(ColumnRef Column, SchemaClock Clock);

/// <summary>How a mail system writes the time.</summary>
internal enum SchemaClock
{
    /// <summary>Date and time as the database server's <c>NOW()</c> gives them.</summary>
    Server,

    /// <summary>Date and time in UTC.</summary>
    Utc,

    /// <summary>Seconds since 1970.</summary>
    Unix,
}

/// <summary>The hash column.</summary>
internal sealed record SchemaHash
{
    /// <summary>The column; may be in a joined table.</summary>
    public required ColumnRef Column { get; init; }

    /// <summary>Whether hashes carry <c>{SCHEME}</c>.</summary>
    public required PrefixStyle Prefix { get; init; }

    /// <summary>The scheme that the mail system assumes for a hash without prefix; <see langword="null"/> if the form of such hashes always shows it (<c>$6$…</c>).</summary>
    public string? Unprefixed { get; init; }

    /// <summary>The scheme for a mailbox without a readable hash.</summary>
    public string? Default { get; init; }

    /// <summary>The only schemes that every reader of the column verifies; empty for any.</summary>
    public IReadOnlyList<string> Schemes { get; init; } = [];

    /// <summary>A remark for rows with a scheme that not every installation reads, by the scheme.</summary>
    public IReadOnlyDictionary<string, string> Caveats { get; init; } = new Dictionary<string, string>();

    /// <summary>The name in braces for a scheme that one reader recognises only by another name, by the scheme.</summary>
    public IReadOnlyDictionary<string, string> PrefixNames { get; init; } = new Dictionary<string, string>();
}

/// <summary>A condition on one column. Values are compared as text, ignoring case; a Boolean is <c>1</c> or <c>0</c>.</summary>
/// <param name="Column">The column.</param>
/// <param name="Values">The values.</param>
/// <param name="Negated">Whether the column must have none of them rather than one of them.</param>
/// <param name="Optional">Whether the condition counts as fulfilled if the column does not exist.</param>
internal sealed record SchemaCondition(ColumnRef Column, IReadOnlyList<string?> Values, bool Negated, bool Optional)
{
    /// <summary>Other conditions, of which one is enough.</summary>
    public IReadOnlyList<SchemaCondition> Or { get; init; } = [];

    /// <summary>The path of the member whose text is compared, if the column has JSON.</summary>
    public string? Member { get; init; }

    /// <summary>For an alternative: whether it is left out if its column does not exist.</summary>
    public bool LeftOut { get; init; }
}

/// <summary>A condition for logging in.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Otherwise">The mailbox's state if it fails; still active if the sentence is only a caveat.</param>
/// <param name="Because">The sentence that says so; <c>{value}</c> stands for the column's value.</param>
internal sealed record SchemaLogin(SchemaCondition Condition, Mailboxes.MailboxState Otherwise, string Because);

/// <summary>A condition for writing.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Unless">The option that lifts it.</param>
/// <param name="Because">The sentence that says so.</param>
internal sealed record SchemaGuard(SchemaCondition Condition, string? Unless, string Because);

/// <summary>What a change writes besides the hash, in the same transaction and only for mailboxes whose hash was written.</summary>
internal sealed record SchemaWrite
{
    /// <summary>Columns of the hash's own row.</summary>
    public IReadOnlyList<SchemaAssignment> Set { get; init; } = [];

    /// <summary>Rows of other tables that are changed.</summary>
    public IReadOnlyList<SchemaUpdate> Update { get; init; } = [];

    /// <summary>Rows that are added, one for each mailbox.</summary>
    public IReadOnlyList<SchemaInsert> Insert { get; init; } = [];

    /// <summary>Rows of other tables that are removed.</summary>
    public IReadOnlyList<SchemaDelete> Delete { get; init; } = [];
}

/// <summary>A column and its new value.</summary>
/// <param name="Column">The column.</param>
/// <param name="Value">The value.</param>
/// <param name="Option">The option that must be on; <see langword="null"/> for always.</param>
/// <param name="Optional">Whether it is left out if the column does not exist.</param>
/// <param name="PutBack">Whether the old value is put back together with an old hash.</param>
internal sealed record SchemaAssignment(string Column, SchemaValue Value, string? Option, bool Optional, bool PutBack);

/// <summary>Rows of another table that are changed.</summary>
/// <param name="Table">The table, without prefix.</param>
/// <param name="Set">The columns.</param>
/// <param name="Where">Which rows: each column and what it must equal.</param>
/// <param name="Option">The option that must be on; <see langword="null"/> for always.</param>
/// <param name="Optional">Whether it is left out if the table or a column does not exist.</param>
internal sealed record SchemaUpdate(string Table, IReadOnlyList<SchemaAssignment> Set, IReadOnlyList<SchemaPair<SchemaValue>> Where, string? Option, bool Optional);

/// <summary>A row that is added for each mailbox.</summary>
/// <param name="Table">The table, without prefix.</param>
/// <param name="Values">Its columns.</param>
/// <param name="Option">The option that must be on; <see langword="null"/> for always.</param>
/// <param name="Optional">Whether it is left out if the table or a column does not exist.</param>
internal sealed record SchemaInsert(string Table, IReadOnlyList<SchemaAssignment> Values, string? Option, bool Optional);

/// <summary>Rows of another table that are removed.</summary>
/// <param name="Table">The table, without prefix.</param>
/// <param name="Where">Which rows: each column and what it must equal.</param>
/// <param name="Option">The option that must be on; <see langword="null"/> for always.</param>
/// <param name="Optional">Whether it is left out if the table or a column does not exist.</param>
internal sealed record SchemaDelete(string Table, IReadOnlyList<SchemaPair<SchemaValue>> Where, string? Option, bool Optional);

/// <summary>Another way into the same mailbox.</summary>
/// <param name="Text">The sentence that names it.</param>
/// <param name="Table">The table that must exist for it to matter; <see langword="null"/> for always.</param>
/// <param name="Elsewhere">The table in another database that has it.</param>
/// <param name="Unless">The option under which the change closes it.</param>
internal sealed record SchemaCredential(string Text, string? Table, string? Elsewhere, string? Unless);

/// <summary>A value that the database computes.</summary>
internal abstract record SchemaValue
{
    private SchemaValue()
    {
    }

    /// <summary>A constant.</summary>
    /// <param name="Text">As text; the database converts it to the column's type.</param>
    public sealed record Literal(string Text) : SchemaValue;

    /// <summary>NULL; in a <c>where</c>: IS NULL.</summary>
    public sealed record Null : SchemaValue;

    /// <summary>Only in a <c>where</c>: IS NOT NULL.</summary>
    public sealed record NotNull : SchemaValue;

    /// <summary>The time of the change.</summary>
    /// <param name="Clock">How it is written.</param>
    /// <param name="PlusDays">A column with a number of days to add; if that is NULL or not above 0, the column keeps its value.</param>
    public sealed record Now(SchemaClock Clock, ColumnRef? PlusDays) : SchemaValue;

    /// <summary>A column of the mailbox's row as it was read.</summary>
    /// <param name="Ref">The column.</param>
    public sealed record Column(ColumnRef Ref) : SchemaValue;

    /// <summary>Concatenated texts.</summary>
    /// <param name="Parts">The texts.</param>
    public sealed record Concat(IReadOnlyList<SchemaValue> Parts) : SchemaValue;

    /// <summary>The column's JSON with some of its members replaced.</summary>
    /// <param name="Members">Path (<c>$.name</c>) and new text of each.</param>
    public sealed record JsonSet(IReadOnlyList<SchemaPair<SchemaValue>> Members) : SchemaValue;

    /// <summary>The value from before the change that is undone; does not occur in schema files.</summary>
    /// <param name="Index">Its place in the <see cref="Mailboxes.Bookkeeping"/> that is put back.</param>
    public sealed record Before(int Index) : SchemaValue;

    /// <summary>The hash after the change.</summary>
    public sealed record NewHash : SchemaValue;

    /// <summary>The hash before the change.</summary>
    public sealed record OldHash : SchemaValue;

    /// <summary>The whole row of the hash's table before and after, in PHP's <c>serialize</c> form: <c>array('new' =&gt; …, 'old' =&gt; …)</c>, as ISPConfig's <c>sys_datalog</c> wants it.</summary>
    public sealed record PhpDiff : SchemaValue;
}
