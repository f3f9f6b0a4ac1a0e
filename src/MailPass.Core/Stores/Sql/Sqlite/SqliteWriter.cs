using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MailPass.Stores.Sql.Sqlite;

/// <summary>
/// Writes batches into a SQLite file: one transaction per batch, prepared statements per row. Without a server, one statement per
/// row is the fast way, and its outcome is the row's outcome.
/// </summary>
internal sealed class SqliteWriter(SqlDatabase database, BoundSchema bound) : IBatchWriter
{
    // The order in which Bind binds. Columns that are put back follow: @b0, @b1…
    private static readonly string[] s_parameters = ["@key", "@old", "@new", "@time"];

    private readonly LoginText _login = new(database, bound);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private SqliteConnection? _connection;
    private SqliteStatement? _update;
    private SqliteStatement? _readBack;
    private SqliteStatement[] _besides = [];
    private SqliteStatement[] _savepoint = [];
    private IReadOnlyList<string>? _places;
    private bool _forces;
    private bool _hasTriggers;

    private bool IsInTransaction => raw.sqlite3_get_autocommit(_connection!.Handle) == 0;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await PrepareAsync(batch[0], cancellationToken).ConfigureAwait(false);
            Write(batch, outcomes);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MailPassException>> MissingRightsAsync(HashWrite write, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MailPassException>>([]); // A file has no logins.

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        DisposeStatements();
        Array.ForEach(_savepoint, statement => statement.Dispose());
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }

        _writing.Dispose();
    }

    // Its own connection and statements, created for the first batch, because most stores are only read.
    // All changes of a batch put back the same columns, or none; the next batch nearly always is like the last one.
    private async Task PrepareAsync(HashWrite first, CancellationToken cancellationToken)
    {
        if (_connection is null)
        {
            _connection = (SqliteConnection)await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            Execute("PRAGMA synchronous=EXTRA");
            using var triggers = _connection.CreateCommand();
            triggers.CommandText = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger')";
            _hasTriggers = (long)triggers.ExecuteScalar()! == 1;
            _savepoint = [.. ((string[])["SAVEPOINT mailbox", "RELEASE mailbox", "ROLLBACK TO mailbox"]).Select(text => new SqliteStatement(_connection, text, []))];
        }

        if (_update is not null && (first.PutBack?.Places ?? []).SequenceEqual(_places ?? []) && first.ForceChange == _forces)
        {
            return;
        }

        DisposeStatements();
        _places = first.PutBack?.Places;
        _forces = first.ForceChange;
        string[] parameters = [.. s_parameters, .. Enumerable.Range(0, _places?.Count ?? 0).Select(i => FormattableString.Invariant($"@b{i}"))];
        var statements = new SqliteStatements(database, bound, bound.WriteFor(first));
        _readBack = new SqliteStatement(_connection, statements.ReadBack(_login), parameters);
        _besides = [.. statements.Besides().Select(text => new SqliteStatement(_connection, text, parameters))];
        _update = new SqliteStatement(_connection, statements.Update(), parameters);
    }

    private void DisposeStatements()
    {
        _update?.Dispose();
        _readBack?.Dispose();
        Array.ForEach(_besides, statement => statement.Dispose());
        (_update, _readBack, _besides) = (null, null, []);
    }

    private void Write(IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes)
    {
        // IMMEDIATE takes the write lock at once: nothing read in the transaction can be outdated by another writer.
        Execute("BEGIN IMMEDIATE");
        try
        {
            for (var i = 0; i < outcomes.Length; i++)
            {
                outcomes[i] = WriteOne(batch[i]);
            }

            Execute("COMMIT");
        }
        catch
        {
            Array.Clear(outcomes);

            // Some faults (disk full) roll back by themselves.
            if (IsInTransaction)
            {
                Execute("ROLLBACK");
            }

            throw;
        }
    }

    private WriteOutcome WriteOne(HashWrite write)
    {
        var saved = _besides.Length > 0 || _hasTriggers;
        try
        {
            if (saved)
            {
                _savepoint[0].Execute();
            }

            switch (Bound(_update!, write).Execute())
            {
                case 0:
                    return NotWritten(write);
                case 1:
                    foreach (var beside in _besides)
                    {
                        Bound(beside, write).Execute();
                    }

                    if (_hasTriggers && Refusal(write) is { } refusal)
                    {
                        _savepoint[2].Execute();
                        return new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, refusal + LoginText.LeftAsItWas);
                    }

                    return new WriteOutcome(WriteStatus.Written);
                default:
                    throw new MailPassException(ErrorIds.SchemaInvalid, $"The key {write.Account.StoreKey} is in more than one row; nothing of this batch was written.", "The schema's 'key' must be unique.");
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG && IsInTransaction)
        {
            // The database refuses this row, removes what the row had written already, and continues the transaction.
            // A constraint or a trigger may roll back the transaction instead; the rows after this one would then be written without one.
            if (saved)
            {
                _savepoint[2].Execute();
            }

            return new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, $"The database refused the row: {e.Message}");
        }
        finally
        {
            if (saved && IsInTransaction)
            {
                _savepoint[1].Execute();
            }
        }
    }

    // What triggers did to a row that was written.
    private string? Refusal(HashWrite write)
    {
        var (isThere, _, answer) = Bound(_readBack!, write).ReadRow();
        if (!isThere)
        {
            return "The database removed the row when its hash was written, perhaps by a trigger of the mail system.";
        }

        return answer is not { } verdict ? null
            : verdict == LoginText.OtherHash ? "The database altered the hash when it was written, perhaps by a trigger of the mail system."
            : LoginText.IsCondition(verdict) && _login.Because(verdict, write) is { } because ? LoginText.Refusal(because)
            : null;
    }

    private WriteOutcome NotWritten(HashWrite write)
    {
        var (isThere, hash, _) = Bound(_readBack!, write).ReadRow();

        // It has the new hash already, from an earlier attempt whose answer was lost. This commit makes it durable.
        return !isThere ? new WriteOutcome(WriteStatus.NotFound)
            : string.Equals(hash, write.NewHash, StringComparison.Ordinal) ? new WriteOutcome(WriteStatus.Written)
            : new WriteOutcome(WriteStatus.Conflict);
    }

    private SqliteStatement Bound(SqliteStatement statement, HashWrite write)
    {
        if (SqlDatabase.KeyValue(bound.KeyColumn, write.Account.StoreKey) is long key)
        {
            statement.Bind(0, key);
        }
        else
        {
            statement.Bind(0, write.Account.StoreKey);
        }

        statement.Bind(1, write.Account.PasswordHash);
        statement.Bind(2, write.NewHash);
        statement.Bind(3, (write.Time == default ? DateTimeOffset.UtcNow : write.Time).ToUnixTimeSeconds());
        for (var i = 0; i < _places?.Count; i++)
        {
            statement.Bind(s_parameters.Length + i, write.PutBack!.Values[i]);
        }

        return statement;
    }

    private void Execute(string statement)
    {
        using var command = _connection!.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
