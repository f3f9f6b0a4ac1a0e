using System.Data.Common;

namespace MailPass.Stores.Sql.Server;

/// <summary>The statements of one engine that write a batch under one schema.</summary>
/// <param name="database">The database, whose names are quoted.</param>
/// <param name="bound">The schema over its tables.</param>
internal abstract class BatchStatements(SqlDatabase database, BoundSchema bound)
{
    /// <summary>The conditions for logging in, which <see cref="Unwritten"/> asks for.</summary>
    public LoginText Login { get; } = new(database, bound);

    /// <summary>How many rows from the first on fit into one statement.</summary>
    /// <param name="rows">The rows.</param>
    public virtual int Fitting(IReadOnlyList<BatchRow> rows) => rows.Count;

    /// <summary>Prepares the statement that replaces the hashes that still are the old ones, with the columns beside them.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="rows">The changes.</param>
    public abstract void Update(DbCommand command, IReadOnlyList<BatchRow> rows);

    /// <summary>Prepares the question which rows do not hold their new hash or cannot log in with it: each one's number, and <see cref="LoginText.Verdict"/>.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="rows">The changes.</param>
    public abstract void Unwritten(DbCommand command, IReadOnlyList<BatchRow> rows);

    /// <summary>Prepares the statement that locks rows, which waits for whoever is at work on them, and reads the hashes that are there now: each one's number and hash.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="rows">Whose.</param>
    public abstract void LockHashes(DbCommand command, IReadOnlyList<BatchRow> rows);

    /// <summary>The statements that write what stands beside the hash, in order.</summary>
    /// <param name="rows">The mailboxes whose hash was written.</param>
    public abstract IEnumerable<Action<DbCommand>> Besides(IReadOnlyList<BatchRow> rows);

    /// <summary>A statement that the server explains instead of doing it.</summary>
    /// <param name="statement">The statement.</param>
    public virtual string Explained(string statement) => "EXPLAIN " + statement;

    /// <summary>Prepares the question which sequences, of those that number the rows that are added, the login may not use; <see langword="null"/> if the engine has none.</summary>
    /// <param name="rows">The changes.</param>
    public virtual Action<DbCommand>? UnusableSequences(IReadOnlyList<BatchRow> rows) => null;

    /// <summary>The <see cref="BatchRow.Index"/> that a row of an answer is about.</summary>
    /// <param name="number">The number as the answer has it.</param>
    /// <param name="rows">What was asked about.</param>
    public abstract int IndexOf(int number, IReadOnlyList<BatchRow> rows);
}
