using System.Data.Common;

namespace MailPass.Stores.Sql.Server;

/// <summary>The statements of one engine that write a batch with one schema.</summary>
/// <param name="database">The database, whose names are quoted.</param>
/// <param name="bound">The schema over its tables.</param>
internal abstract class BatchStatements(SqlDatabase database, BoundSchema bound)
{
    /// <summary>The conditions for logging in, which <see cref="Unwritten"/> checks.</summary>
    public LoginText Login { get; } = new(database, bound);

    /// <summary>How many rows, from the first, fit into one statement.</summary>
    /// <param name="rows">The rows.</param>
    public virtual int Fitting(IReadOnlyList<BatchRow> rows) => rows.Count;

    /// <summary>Prepares the statement that replaces those hashes that are still the old ones, together with the other columns of the row.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="rows">The changes.</param>
    public abstract void Update(DbCommand command, IReadOnlyList<BatchRow> rows);

    /// <summary>Prepares the query for rows that do not have their new hash or cannot log in with it: each one's number, and <see cref="LoginText.Verdict"/>.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="rows">The changes.</param>
    public abstract void Unwritten(DbCommand command, IReadOnlyList<BatchRow> rows);

    /// <summary>Prepares the statement that locks rows, waiting for others that have them locked, and reads their present hashes: each one's number and hash.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="rows">The changes.</param>
    public abstract void LockHashes(DbCommand command, IReadOnlyList<BatchRow> rows);

    /// <summary>The statements for everything outside the hash's row, in order.</summary>
    /// <param name="rows">The mailboxes whose hash was written.</param>
    public abstract IEnumerable<Action<DbCommand>> Besides(IReadOnlyList<BatchRow> rows);

    /// <summary>A statement that makes the server explain another one instead of executing it.</summary>
    /// <param name="statement">The statement.</param>
    public virtual string Explained(string statement) => "EXPLAIN " + statement;

    /// <summary>Prepares the query for sequences of added rows that the login may not use; <see langword="null"/> if the engine has no sequences.</summary>
    /// <param name="rows">The changes.</param>
    public virtual Action<DbCommand>? UnusableSequences(IReadOnlyList<BatchRow> rows) => null;

    /// <summary>The <see cref="BatchRow.Index"/> that a row of an answer is about.</summary>
    /// <param name="number">The number as the answer has it.</param>
    /// <param name="rows">The rows of the query.</param>
    public abstract int IndexOf(int number, IReadOnlyList<BatchRow> rows);
}
