using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Sql.Server;

/// <summary>Writes batches on a server, where connections may break, others write at the same time, and an answer can be lost.</summary>
/// <remarks>
/// <para>A batch is written in halves, each on its own connection, because a server uses one thread per connection. A half is one
/// transaction. The first statement replaces all hashes that are still the old ones. The second one checks which rows do not have
/// their new hash. Then the other tables are written for the rows that do.</para>
/// <para>If the number of replaced rows differs from that, something in the database (a trigger) altered a hash: the transaction is
/// rolled back, and that row is found and refused. A row that the database disables when its hash changes is refused too.</para>
/// <para>A transaction that conflicted with another client is retried. If the connection broke at COMMIT, the retry first locks and
/// reads the rows: locking waits until the server has ended the lost transaction, and a row with our hash was written by it.</para>
/// <para>An outcome is set as soon as it is certain, and stays set whatever happens to the rest.</para>
/// </remarks>
internal sealed class ServerBatchWriter : IBatchWriter
{
    // Rows in one statement: the fastest size measured; bench/NOTES.md.
    private const int MaxRows = 5000;

    // A batch that is written faster than a second connection pays off is not halved.
    private const int MinRowsToHalve = 1000;

    // How often contention is retried, each time after a longer random pause.
    private const int MaxContention = 12;

    private const string AlteredHash = "The database altered the hash when it was written, perhaps by a trigger of the mail system; the row was left as it was.";

    private const string AlteredForGood = "The database altered the hash when it was written, perhaps by a trigger of the mail system, and its table has no transactions, so it keeps the altered hash: neither the old nor the new password works.";

    private readonly ServerDatabase _database;
    private readonly BatchStatements _statements;
    private readonly bool _undoesHashes;
    private readonly TimeSpan _patience;
    private readonly ILogger _logger;

    /// <summary>Makes the writer.</summary>
    /// <param name="database">The database.</param>
    /// <param name="statements">The engine's statements under the schema.</param>
    /// <param name="undoesHashes">Whether rolling back a transaction restores replaced hashes.</param>
    /// <param name="patience">How long to wait for a server that was lost in the middle of a batch.</param>
    /// <param name="logger">Receives events.</param>
    public ServerBatchWriter(ServerDatabase database, BatchStatements statements, bool undoesHashes, TimeSpan patience, ILogger logger)
    {
        _database = database;
        _statements = statements;
        _undoesHashes = undoesHashes;
        _patience = patience;
        _logger = logger;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        // All runs lock in the same order, so that two hosts at work on one domain wait for each other instead of causing deadlocks.
        var rows = batch.Select((write, index) => new BatchRow(index, write)).OrderBy(row => row.Key, StringComparer.Ordinal).ToArray();
        if (rows.Length < MinRowsToHalve)
        {
            await WriteInOrderAsync(rows, outcomes, cancellationToken).ConfigureAwait(false);
            return;
        }

        var half = new ArraySegment<BatchRow>(rows, 0, rows.Length / 2);
        var rest = new ArraySegment<BatchRow>(rows, half.Count, rows.Length - half.Count);
        // Waits for both halves, even if one throws.
        await Task.WhenAll(
            Task.Run(() => WriteInOrderAsync(half, outcomes, cancellationToken), CancellationToken.None),
            WriteInOrderAsync(rest, outcomes, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailPassException>> MissingRightsAsync(HashWrite write, CancellationToken cancellationToken)
    {
        BatchRow[] rows = [new(0, write)];
        var missing = new List<MailPassException>();
        var connection = await _database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // A server explains only statements that the login may execute, and does not execute them.
            foreach (var statement in _statements.Besides(rows).Prepend(command => _statements.Update(command, rows)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    await connection.ReadAsync(null, Explained, static _ => { }, cancellationToken).ConfigureAwait(false);
                }
                catch (DbException e) when (_database.Faults.Explain(e) is { ErrorId: ErrorIds.StoreReadOnly } fault)
                {
                    missing.Add(fault);
                }

                void Explained(DbCommand command)
                {
                    statement(command);
                    command.CommandText = _statements.Explained(command.CommandText);
                }
            }

            if (_statements.UnusableSequences(rows) is { } question)
            {
                await connection.ReadAsync(null, question, reader => missing.Add(_database.Faults.NoRight($"permission denied for sequence {reader.GetString(0)}")), cancellationToken).ConfigureAwait(false);
            }
        }

        return missing.DistinctBy(fault => fault.Message).ToArray();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // As many rows as fit into a statement, one after the other.
    private async Task WriteInOrderAsync(ArraySegment<BatchRow> rows, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        while (rows.Count > 0)
        {
            var count = _statements.Fitting(rows[..Math.Min(MaxRows, rows.Count)]);
            await WriteRowsAsync(rows[..count], outcomes, cancellationToken).ConfigureAwait(false);
            rows = rows[count..];
        }
    }

    private async Task WriteRowsAsync(ArraySegment<BatchRow> rows, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        DateTime? lostSince = null;
        var contention = 0;
        var commitUnknown = false;
        IReadOnlyList<BatchRow> open = rows;
        for (var attempt = 1; ; attempt++)
        {
            // Not cancelled: once a COMMIT was sent, its outcome must be found out.
            if (!commitUnknown)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var step = new Step();
            try
            {
                if (await TryAsync(open, outcomes, commitUnknown, step).ConfigureAwait(false))
                {
                    return;
                }

                open = step.Settled ?? open;
                commitUnknown = false;
                if (step.Disabled is { } disabled)
                {
                    open = await LeaveAsync(open, disabled, outcomes, step).ConfigureAwait(false);
                    if (open.Count == 0)
                    {
                        return;
                    }

                    continue;
                }

                var tried = open.Count;
                if (!_undoesHashes)
                {
                    open = await KeepReplacedAsync(open, outcomes, step).ConfigureAwait(false);
                }

                if (open.Count == tried)
                {
                    await WriteApartAsync(open.ToArray(), outcomes, AlteredHash, cancellationToken).ConfigureAwait(false);
                    return;
                }
            }
            catch (Exception e) when (ServerFaults.IsFault(e))
            {
                var fault = _database.Faults.Classify(e);
                if (step.Settled is { } settled)
                {
                    open = settled;
                    commitUnknown = false;
                }

                if (step.Replacing && !_undoesHashes)
                {
                    var tried = open.Count;
                    open = await KeepReplacedAsync(open, outcomes, step).ConfigureAwait(false);
                    if (fault is ServerFault.Row && open.Count < tried)
                    {
                        continue;
                    }
                }
                else if (step.Committing && fault is ServerFault.Lost)
                {
                    commitUnknown = true;
                    StoreLog.CommitUnknown(_logger, _database.Location);
                }

                if (fault == ServerFault.Row && !commitUnknown)
                {
                    await WriteApartAsync(open.ToArray(), outcomes, $"The database refused the row: {e.Message}", cancellationToken).ConfigureAwait(false);
                    return;
                }

                var again = fault switch
                {
                    ServerFault.Contention => ++contention <= MaxContention,
                    ServerFault.Lost => DateTime.UtcNow - (lostSince ??= DateTime.UtcNow) < _patience,
                    _ => false,
                };
                if (!again)
                {
                    throw commitUnknown ? Unknown(e, open, outcomes) : _database.Faults.Explain(e);
                }

                StoreLog.Retry(_logger, _database.Location, attempt + 1, _database.Faults.Explain(e).Message);
                await PauseAsync(attempt, commitUnknown ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // False, with nothing written, if hashes were replaced and the rows have other hashes than intended, or were disabled.
    private async Task<bool> TryAsync(IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes, bool settle, Step step)
    {
        var connection = await _database.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(_database.Isolation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (settle)
                {
                    rows = await SettleAsync(connection, transaction, rows, outcomes).ConfigureAwait(false);
                    step.Settled = rows;
                }

                var unwritten = new Dictionary<int, WriteOutcome>();
                var failing = new Dictionary<int, int>();
                if (rows.Count > 0)
                {
                    step.Replacing = true;
                    var replaced = await connection.ExecuteAsync(transaction, command => _statements.Update(command, rows)).ConfigureAwait(false);
                    await connection.ReadAsync(
                        transaction,
                        command => _statements.Unwritten(command, rows),
                        reader => Sort(IndexOf(reader, rows), Convert.ToInt32(reader.GetValue(1), CultureInfo.InvariantCulture))).ConfigureAwait(false);
                    var written = unwritten.Count == 0 ? rows : rows.Where(row => !unwritten.ContainsKey(row.Index)).ToArray();
                    // If none was replaced, rows with our hash have it from an earlier attempt, which wrote the other tables too.
                    // A single row with our hash was written, whatever number the database reports.
                    if (replaced != written.Count && replaced > 0 && !(rows.Count == 1 && written.Count == 1))
                    {
                        step.Altered = true;
                        return false;
                    }

                    var disabled = rows.Where(row => failing.ContainsKey(row.Index))
                        .Select(row => (row.Index, Because: _statements.Login.Because(failing[row.Index], row.Write)))
                        .Where(row => row.Because is not null)
                        .ToDictionary(row => row.Index, row => row.Because!);

                    // If none was replaced, the hash was written earlier, and what somebody did to the mailbox since then is not our change.
                    if (replaced > 0 && disabled.Count > 0)
                    {
                        step.Disabled = disabled;
                        return false;
                    }

                    if (replaced > 0)
                    {
                        await WriteBesidesAsync(connection, transaction, written).ConfigureAwait(false);
                    }
                }

                step.Committing = true;
                await transaction.CommitAsync().ConfigureAwait(false);
                foreach (var row in rows)
                {
                    outcomes[row.Index] = unwritten.TryGetValue(row.Index, out var outcome) ? outcome : new WriteOutcome(WriteStatus.Written);
                }

                return true;

                void Sort(int index, int verdict)
                {
                    if (LoginText.IsCondition(verdict))
                    {
                        failing[index] = verdict;
                    }
                    else
                    {
                        unwritten[index] = new WriteOutcome(verdict == LoginText.OtherHash ? WriteStatus.Conflict : WriteStatus.NotFound);
                    }
                }
            }
        }
    }

    // Sets the outcome of rows that could not log in with their new hash. Returns the others, of which nothing is written yet.
    private async Task<IReadOnlyList<BatchRow>> LeaveAsync(IReadOnlyList<BatchRow> open, Dictionary<int, string> disabled, WriteOutcome?[] outcomes, Step step)
    {
        if (!_undoesHashes)
        {
            open = await KeepReplacedAsync(open, outcomes, step).ConfigureAwait(false);
        }

        foreach (var (index, because) in disabled)
        {
            outcomes[index] = new WriteOutcome(
                WriteStatus.Failed,
                ErrorIds.WriteFailed,
                LoginText.Refusal(because) + (_undoesHashes ? LoginText.LeftAsItWas : " Its table has no transactions, so it keeps the new hash."));
        }

        return open.Where(row => !disabled.ContainsKey(row.Index)).ToArray();
    }

    private async Task WriteBesidesAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<BatchRow> written)
    {
        if (written.Count > 0)
        {
            foreach (var beside in _statements.Besides(written))
            {
                await connection.ExecuteAsync(transaction, beside).ConfigureAwait(false);
            }
        }
    }

    // A table without transactions keeps the hashes that were replaced before something failed. They are reported as written, and the
    // other tables are written for them, rather twice than not at all. Returns the rows that still have their old hash.
    private async Task<IReadOnlyList<BatchRow>> KeepReplacedAsync(IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes, Step step)
    {
        var since = DateTime.UtcNow;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var connection = await _database.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    var transaction = await connection.BeginTransactionAsync(_database.Isolation).ConfigureAwait(false);
                    await using (transaction.ConfigureAwait(false))
                    {
                        var open = await SettleAsync(connection, transaction, rows, outcomes).ConfigureAwait(false);
                        var kept = rows.Except(open).ToArray();
                        if (step.Altered)
                        {
                            var there = await HashesAsync(connection, transaction, open).ConfigureAwait(false);
                            foreach (var row in open.Where(row => !string.Equals(there.GetValueOrDefault(row.Index), row.Old, StringComparison.Ordinal)))
                            {
                                outcomes[row.Index] = new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, AlteredForGood);
                            }

                            open = open.Where(row => outcomes[row.Index] is null).ToArray();
                        }

                        try
                        {
                            if (!step.Committing)
                            {
                                await WriteBesidesAsync(connection, transaction, kept).ConfigureAwait(false);
                            }

                            await transaction.CommitAsync().ConfigureAwait(false);
                        }
                        catch (Exception e) when (ServerFaults.IsFault(e))
                        {
                            StoreLog.BesideMissing(_logger, _database.Location, kept.Length, _database.Faults.Explain(e).Message);
                        }

                        return open;
                    }
                }
            }
            catch (Exception e) when (ServerFaults.IsFault(e))
            {
                if (_database.Faults.Classify(e) is not (ServerFault.Lost or ServerFault.Contention) || DateTime.UtcNow - since >= _patience)
                {
                    throw Unknown(e, rows, outcomes);
                }

                await PauseAsync(attempt, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    // The rows that an earlier COMMIT with a lost answer did not write.
    private async Task<IReadOnlyList<BatchRow>> SettleAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes)
    {
        var there = await HashesAsync(connection, transaction, rows).ConfigureAwait(false);
        var open = new List<BatchRow>();
        foreach (var row in rows)
        {
            if (there.TryGetValue(row.Index, out var hash) && string.Equals(hash, row.New, StringComparison.Ordinal))
            {
                outcomes[row.Index] = new WriteOutcome(WriteStatus.Written);
            }
            else
            {
                open.Add(row);
            }
        }

        return open;
    }

    private async Task<Dictionary<int, string?>> HashesAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<BatchRow> rows)
    {
        var there = new Dictionary<int, string?>(rows.Count);
        if (rows.Count > 0)
        {
            await connection.ReadAsync(
                transaction,
                command => _statements.LockHashes(command, rows),
                reader => there[IndexOf(reader, rows)] = ColumnText.Read(reader, 1)).ConfigureAwait(false);
        }

        return there;
    }

    private int IndexOf(DbDataReader reader, IReadOnlyList<BatchRow> rows) => _statements.IndexOf(Convert.ToInt32(reader.GetValue(0), CultureInfo.InvariantCulture), rows);

    // Halves the batch until the refused row is alone, so that one bad row fails only itself.
    private async Task WriteApartAsync(ArraySegment<BatchRow> rows, WriteOutcome?[] outcomes, string refusal, CancellationToken cancellationToken)
    {
        if (rows.Count == 1)
        {
            outcomes[rows[0].Index] = new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, refusal);
            return;
        }

        var half = rows.Count / 2;
        await WriteRowsAsync(rows[..half], outcomes, cancellationToken).ConfigureAwait(false);
        await WriteRowsAsync(rows[half..], outcomes, cancellationToken).ConfigureAwait(false);
    }

    // Full jitter over a doubling span, so that the hosts of a shared run do not collide again.
    private static Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        var span = Math.Min(4000, 50 << Math.Min(attempt, 7));
#pragma warning disable CA5394 // Spreads waiting times; no secret depends on it.
        return Task.Delay(Random.Shared.Next(10, span), cancellationToken);
#pragma warning restore CA5394
    }

    private MailPassException Unknown(Exception exception, IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"The connection to {_database.Location} broke while the change was being committed and could not be restored within {_patience.TotalSeconds:0} s. {_database.Faults.Explain(exception).Message}");
        foreach (var row in rows)
        {
            outcomes[row.Index] = new WriteOutcome(WriteStatus.Unknown, null, reason);
        }

        return new MailPassException(
            ErrorIds.StoreUnreachable,
            string.Create(CultureInfo.InvariantCulture, $"{reason} It is not known whether {rows.Count} mailboxes have their new password."),
            "When the server is back, check them with the journal, which has the old and new hash of each, or repeat the run for them.",
            exception);
    }

    // How far an attempt came before it failed.
    private sealed class Step
    {
        /// <summary>Whether hashes may have been replaced.</summary>
        public bool Replacing { get; set; }

        /// <summary>Whether rows have other hashes than intended.</summary>
        public bool Altered { get; set; }

        /// <summary>Why rows cannot log in with the hash that was written, by their numbers.</summary>
        public Dictionary<int, string>? Disabled { get; set; }

        /// <summary>Whether COMMIT was sent.</summary>
        public bool Committing { get; set; }

        /// <summary>The rows that an earlier COMMIT is now known not to have written.</summary>
        public IReadOnlyList<BatchRow>? Settled { get; set; }
    }
}
