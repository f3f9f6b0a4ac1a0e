using System.Data.Common;

namespace MailPass.Stores.Sql;

/// <summary>
/// One database and its dialect: connecting, reading the catalogue, looking up thousands of keys and writing a batch in the way that
/// is fastest there. Everything above it is the same for all databases.
/// </summary>
internal abstract class SqlDatabase : IAsyncDisposable
{
    /// <summary>Which database it is.</summary>
    public abstract SqlEngine Engine { get; }

    /// <summary>Where it is, for people.</summary>
    public abstract string Location { get; }

    /// <summary>Whether it can only be read.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>How far the clock that the server's <c>NOW()</c> shows is ahead of UTC.</summary>
    public abstract TimeSpan ServerOffset { get; }

    /// <summary>A ready connection; disposing returns it to the pool.</summary>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>…</exception>
    public abstract ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>The tables and columns that the login sees.</summary>
    /// <param name="connection">A ready connection.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public abstract Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Finds the tables that may exist although the catalogue, which has only what the login sees, lacks them.</summary>
    /// <param name="connection">A ready connection.</param>
    /// <param name="tables">The tables that the catalogue lacks.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public virtual Task<IReadOnlySet<string>> OutOfSightAsync(DbConnection connection, IReadOnlyCollection<string> tables, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlySet<string>>(new HashSet<string>());

    /// <summary>The hint after the mailbox's table in a listing of one domain, so that each page begins where the last one ended.</summary>
    /// <param name="bound">The schema over its tables.</param>
    /// <returns>Empty if the database needs no hint.</returns>
    public virtual string DomainHint(BoundSchema bound) => string.Empty;

    /// <summary>The hint after a table whose rows are found by some of its columns.</summary>
    /// <param name="table">The table.</param>
    /// <param name="columns">The columns.</param>
    /// <returns>Empty if the database needs no hint.</returns>
    public virtual string LookupHint(SqlTable table, IEnumerable<string> columns) => string.Empty;

    /// <summary>A column, converted for the comparison with another one; two tables of one mail system may have different collations.</summary>
    /// <param name="column">The column that is compared, and whose index should find the row.</param>
    /// <param name="other">The column that it is compared with.</param>
    /// <param name="sql">The other column, as SQL.</param>
    public virtual string ComparedWith(SqlColumn column, SqlColumn other, string sql) => sql;

    /// <summary>A name, quoted.</summary>
    /// <param name="identifier">The name.</param>
    public abstract string Quote(string identifier);

    /// <summary>A column, as SQL for SELECT.</summary>
    /// <param name="column">The column as the catalogue has it.</param>
    /// <param name="sql">The column, as SQL.</param>
    public virtual string Selected(SqlColumn column, string sql) => sql;

    /// <summary>A column's value as text from which the column can be restored exactly.</summary>
    /// <param name="sql">The column, as SQL.</param>
    public abstract string Text(string sql);

    /// <summary>A column's value as text for a schema's conditions: a Boolean is <c>1</c> or <c>0</c>.</summary>
    /// <param name="column">The column as the catalogue has it.</param>
    /// <param name="sql">The column, as SQL.</param>
    public virtual string Compared(SqlColumn column, string sql) => Text(sql);

    /// <summary>A text, as SQL.</summary>
    /// <param name="text">The text, from a schema.</param>
    public virtual string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A member of the JSON in a column as JSON text; NULL if there is none.</summary>
    /// <param name="sql">The column, as SQL.</param>
    /// <param name="path">The member's path, <c>$.name</c>.</param>
    public abstract string JsonMember(string sql, string path);

    /// <summary>How many bytes of text one statement may have.</summary>
    public virtual int LongestList => int.MaxValue;

    /// <summary>The condition that a column is one of many texts.</summary>
    /// <param name="command">The command that gets the texts.</param>
    /// <param name="sql">The column, as SQL.</param>
    /// <param name="column">The column as the catalogue has it.</param>
    /// <param name="texts">The texts, at least one.</param>
    public abstract string IsAnyOf(DbCommand command, string sql, SqlColumn column, IReadOnlyCollection<string> texts);

    /// <summary>The part of an address after its <c>@</c>, as SQL.</summary>
    /// <param name="sql">The address, as SQL.</param>
    public abstract string DomainOf(string sql);

    /// <summary>Adds a text to a command so that it compares as the column's type.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">The parameter's name, without sign.</param>
    /// <param name="column">The column that it is compared with.</param>
    /// <param name="text">The text.</param>
    /// <returns>The parameter, as SQL.</returns>
    public abstract string Parameter(DbCommand command, string name, SqlColumn column, string text);

    /// <summary>Whether a comparison finds a key in another case; if not, several spellings are looked up.</summary>
    /// <param name="column">The column.</param>
    public abstract bool ComparesIgnoringCase(SqlColumn column);

    /// <summary>A writer for one schema.</summary>
    /// <param name="bound">The schema over this database's tables.</param>
    public abstract IBatchWriter CreateWriter(BoundSchema bound);

    /// <summary>Whether an exception comes from the database, and not from a mistake of ours.</summary>
    /// <param name="exception">What was thrown.</param>
    public virtual bool IsFault(Exception exception) => exception is DbException;

    /// <summary>Whether repeating a read may succeed.</summary>
    /// <param name="exception">What was thrown.</param>
    public virtual bool IsTransient(Exception exception) => false;

    /// <summary>A database error as people and the run should see it.</summary>
    /// <param name="exception">What the driver threw.</param>
    public abstract MailPassException Explain(Exception exception);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>The key as a value of its column's type.</summary>
    /// <param name="column">The key column.</param>
    /// <param name="text">The key as text.</param>
    public static object KeyValue(SqlColumn column, string text) =>
        IsNumber(column) && long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : text;

    /// <summary>Whether a column holds whole numbers.</summary>
    /// <param name="column">The column.</param>
    public static bool IsNumber(SqlColumn column) =>
        column.Type is "int" or "integer" or "bigint" or "smallint" or "mediumint" or "tinyint" or "int2" or "int4" or "int8";
}
