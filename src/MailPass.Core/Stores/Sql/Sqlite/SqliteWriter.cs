using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MailPass.Stores.Sql.Sqlite;

/// <summary>
/// Writes batches into a SQLite file: one transaction per batch, prepared statements per row. Without a server, one statement per
/// row is the fast way, and its outcome is the row's outcome.
/// </summary>
internal sealed class SqliteWriter(SqlDatabase database, BoundSchema bound) : IBatchWriter
{
    private readonly LoginText _login = new(database, bound);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SqliteParameter _key = new("@key", string.Empty);
    private readonly SqliteParameter _old = new("@old", string.Empty);
    private readonly SqliteParameter _new = new("@new", string.Empty);
    private readonly SqliteParameter _time = new("@time", 0L);
    private SqliteConnection? _connection;
    private SqliteCommand? _update;
    private SqliteCommand? _readBack;
    private SqliteCommand[] _besides = [];
    private SqliteParameter[] _before = [];
    private IReadOnlyList<string>? _places;
    private bool _forces;
    private bool _hasTriggers;

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
        if (_readBack is not null)
        {
            await _readBack.DisposeAsync().ConfigureAwait(false);
        }

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
        }

        if (_update is not null && (first.PutBack?.Places ?? []).SequenceEqual(_places ?? []) && first.ForceChange == _forces)
        {
            return;
        }

        DisposeStatements();
        _places = first.PutBack?.Places;
        _forces = first.ForceChange;
        _before = [.. Enumerable.Range(0, _places?.Count ?? 0).Select(i => new SqliteParameter(FormattableString.Invariant($"@b{i}"), string.Empty))];
        var statements = new SqliteStatements(database, bound, bound.WriteFor(first));
        _readBack ??= Command(statements.ReadBack(_login));
        _besides = statements.Besides().Select(Command).ToArray();
        _update = Command(statements.Update());
    }

    private void DisposeStatements()
    {
        _update?.Dispose();
        Array.ForEach(_besides, command => command.Dispose());
        (_update, _besides) = (null, []);
    }

    private void Write(IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes)
    {
        var tentative = new WriteOutcome?[batch.Count];
        // IMMEDIATE takes the write lock at once: nothing read in the transaction can be outdated by another writer.
        Execute("BEGIN IMMEDIATE");
        try
        {
            for (var i = 0; i < tentative.Length; i++)
            {
                tentative[i] = WriteOne(batch[i]);
            }

            Execute("COMMIT");
        }
        catch
        {
            // Some faults (disk full) roll back by themselves.
            if (raw.sqlite3_get_autocommit(_connection!.Handle) == 0)
            {
                Execute("ROLLBACK");
            }

            throw;
        }

        tentative.CopyTo(outcomes, 0);
    }

    private WriteOutcome WriteOne(HashWrite write)
    {
        _key.Value = SqlDatabase.KeyValue(bound.KeyColumn, write.Account.StoreKey);
        _old.Value = (object?)write.Account.PasswordHash ?? DBNull.Value;
        _new.Value = write.NewHash;
        _time.Value = (write.Time == default ? DateTimeOffset.UtcNow : write.Time).ToUnixTimeSeconds();
        for (var i = 0; i < _before.Length; i++)
        {
            _before[i].Value = (object?)write.PutBack!.Values[i] ?? DBNull.Value;
        }

        var saved = _besides.Length > 0 || _hasTriggers;
        try
        {
            if (saved)
            {
                Execute("SAVEPOINT mailbox");
            }

            switch (_update!.ExecuteNonQuery())
            {
                case 0:
                    return NotWritten(write);
                case 1:
                    foreach (var beside in _besides)
                    {
                        beside.ExecuteNonQuery();
                    }

                    if (_hasTriggers && Refusal(write) is { } refusal)
                    {
                        Execute("ROLLBACK TO mailbox");
                        return new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, refusal + LoginText.LeftAsItWas);
                    }

                    return new WriteOutcome(WriteStatus.Written);
                default:
                    throw new MailPassException(ErrorIds.SchemaInvalid, $"The key {write.Account.StoreKey} is in more than one row; nothing of this batch was written.", "The schema's 'key' must be unique.");
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG)
        {
            // The database refuses this row, removes what the row had written already, and continues the transaction.
            if (saved)
            {
                Execute("ROLLBACK TO mailbox");
            }

            return new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, $"The database refused the row: {e.Message}");
        }
        finally
        {
            if (saved && raw.sqlite3_get_autocommit(_connection!.Handle) == 0)
            {
                Execute("RELEASE mailbox");
            }
        }
    }

    // What triggers did to a row that was written.
    private string? Refusal(HashWrite write)
    {
        using var reader = _readBack!.ExecuteReader();
        if (!reader.Read())
        {
            return "The database removed the row when its hash was written, perhaps by a trigger of the mail system.";
        }

        if (reader.IsDBNull(1))
        {
            return null;
        }

        var verdict = reader.GetInt32(1);
        return verdict == LoginText.OtherHash ? "The database altered the hash when it was written, perhaps by a trigger of the mail system."
            : LoginText.IsCondition(verdict) && _login.Because(verdict, write) is { } because ? LoginText.Refusal(because)
            : null;
    }

    private WriteOutcome NotWritten(HashWrite write)
    {
        using var reader = _readBack!.ExecuteReader();
        if (!reader.Read())
        {
            return new WriteOutcome(WriteStatus.NotFound);
        }

        var there = reader.IsDBNull(0) ? null : reader.GetString(0);
        // It has the new hash already, from an earlier attempt whose answer was lost. This commit makes it durable.
        return string.Equals(there, write.NewHash, StringComparison.Ordinal)
            ? new WriteOutcome(WriteStatus.Written)
            : new WriteOutcome(WriteStatus.Conflict);
    }

    private SqliteCommand Command(string statement)
    {
        var command = _connection!.CreateCommand();
        command.CommandText = statement;
        foreach (var parameter in (SqliteParameter[])[_key, _old, _new, _time, .. _before])
        {
            if (statement.Contains(parameter.ParameterName, StringComparison.Ordinal))
            {
                command.Parameters.Add(parameter);
            }
        }

        command.Prepare();
        return command;
    }

    private void Execute(string statement)
    {
        using var command = _connection!.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
