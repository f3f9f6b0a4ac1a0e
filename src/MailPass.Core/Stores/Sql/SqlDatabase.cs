using System.Data.Common;

namespace MailPass.Stores.Sql;

/// <summary>
/// One database and its dialect: connecting, reading the catalogue, looking keys up by the thousand and writing a batch
/// the way that is fastest there. Everything above it is the same for all databases.
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

    /// <summary>A ready connection; disposing gives it back.</summary>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>…</exception>
    public abstract ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>The tables and columns that the login sees.</summary>
    /// <param name="connection">A ready connection.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public abstract Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Which of some tables may be there although the catalogue, which has what the login sees, lacks them.</summary>
    /// <param name="connection">A ready connection.</param>
    /// <param name="tables">The tables that the catalogue lacks.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public virtual Task<IReadOnlySet<string>> OutOfSightAsync(DbConnection connection, IReadOnlyCollection<string> tables, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlySet<string>>(new HashSet<string>());

    /// <summary>What a listing of one domain puts behind the mailbox's table, so that each page begins where the last one ended.</summary>
    /// <param name="bound">The schema over its tables.</param>
    /// <returns>Empty where the database finds the way by itself.</returns>
    public virtual string DomainHint(BoundSchema bound) => string.Empty;

    /// <summary>What stands behind a table whose rows are found by some of its columns.</summary>
    /// <param name="table">The table.</param>
    /// <param name="columns">The columns.</param>
    /// <returns>Empty where the database finds the way by itself.</returns>
    public virtual string LookupHint(SqlTable table, IEnumerable<string> columns) => string.Empty;

    /// <summary>A column as another one is compared with it; two tables of one system need not have the same collation.</summary>
    /// <param name="column">The column that is compared, whose index is to find the row.</param>
    /// <param name="other">The column that it is compared with.</param>
    /// <param name="sql">The other column as it stands in the statement.</param>
    public virtual string ComparedWith(SqlColumn column, SqlColumn other, string sql) => sql;

    /// <summary>A name as it stands in a statement.</summary>
    /// <param name="identifier">The name.</param>
    public abstract string Quote(string identifier);

    /// <summary>A column as it stands behind SELECT.</summary>
    /// <param name="column">The column as the catalogue has it.</param>
    /// <param name="sql">The column as it stands in the statement.</param>
    public virtual string Selected(SqlColumn column, string sql) => sql;

    /// <summary>A column's value as text from which the column can be set again, to the letter.</summary>
    /// <param name="sql">The column as it stands in the statement.</param>
    public abstract string Text(string sql);

    /// <summary>A column's value as the text that a schema's conditions are written for: a Boolean is <c>1</c> or <c>0</c>.</summary>
    /// <param name="column">The column as the catalogue has it.</param>
    /// <param name="sql">The column as it stands in the statement.</param>
    public virtual string Compared(SqlColumn column, string sql) => Text(sql);

    /// <summary>A text as it stands in a statement.</summary>
    /// <param name="text">The text, from a schema.</param>
    public virtual string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A member of the JSON in a column as JSON text; NULL where there is none.</summary>
    /// <param name="sql">The column as it stands in the statement.</param>
    /// <param name="path">The member's path, <c>$.name</c>.</param>
    public abstract string JsonMember(string sql, string path);

    /// <summary>How many bytes of texts one statement may hold.</summary>
    public virtual int LongestList => int.MaxValue;

    /// <summary>A condition that holds where a column is one of many texts.</summary>
    /// <param name="command">The command that the texts are handed to.</param>
    /// <param name="sql">The column as it stands in the statement.</param>
    /// <param name="column">The column as the catalogue has it.</param>
    /// <param name="texts">The texts, at least one.</param>
    public abstract string IsAnyOf(DbCommand command, string sql, SqlColumn column, IReadOnlyCollection<string> texts);

    /// <summary>What stands behind an address's <c>@</c>, as an expression.</summary>
    /// <param name="sql">The address as it stands in the statement.</param>
    public abstract string DomainOf(string sql);

    /// <summary>Hands a text to a command so that it compares as the column's type.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">The parameter's name, without sign.</param>
    /// <param name="column">The column that it is compared with.</param>
    /// <param name="text">The text.</param>
    /// <returns>The parameter as it stands in the statement.</returns>
    public abstract string Parameter(DbCommand command, string name, SqlColumn column, string text);

    /// <summary>Whether an equal text finds a key in another case; where not, several spellings are asked for.</summary>
    /// <param name="column">The column.</param>
    public abstract bool ComparesIgnoringCase(SqlColumn column);

    /// <summary>A writer under one schema.</summary>
    /// <param name="bound">The schema over this database's tables.</param>
    public abstract IBatchWriter CreateWriter(BoundSchema bound);

    /// <summary>Whether an exception is the database's, to be explained, rather than a mistake of ours.</summary>
    /// <param name="exception">What was thrown.</param>
    public virtual bool IsFault(Exception exception) => exception is DbException;

    /// <summary>Whether repeating a reading may succeed.</summary>
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
