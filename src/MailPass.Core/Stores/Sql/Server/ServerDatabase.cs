using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Sql.Server;

/// <summary>
/// A database on a server: what MySQL, MariaDB and PostgreSQL have in common. Connections come and go, others write at
/// the same time, and an answer can be lost on its way.
/// </summary>
/// <remarks>
/// A batch is written in halves, each on a connection of its own, since a server works for one connection with one thread.
/// A half is one transaction: one statement replaces all hashes that still are the old ones, a second asks, inside the
/// transaction, which rows do not hold their new hash, then the rows beside are written for those that do. Where the
/// number of replaced rows says otherwise, something of the database's own (a trigger) altered a hash on its way: the
/// batch is undone and that row found. What another client upset is repeated; where the connection broke at COMMIT, the
/// repetition first locks and reads the rows: locking waits until the server has finished with the lost transaction, and
/// a row that holds our hash was written by it. An outcome is told once it is certain, and stays told whatever becomes of
/// the rest.
/// </remarks>
internal abstract class ServerDatabase : SqlDatabase
{
    // Rows in one statement: the fastest size measured; docs/performance.md.
    private const int MaxRows = 5000;

    // What is written in less time than a second connection is worth stays together.
    private const int MinRowsToHalve = 1000;

    // Contention is repeated as often as this, each time after a longer random pause.
    private const int MaxContention = 12;

    private const string AlteredHash = "The database altered the hash as it was written, perhaps by a trigger of the mail system; the row was left as it was.";

    private const string AlteredForGood = "The database altered the hash as it was written, perhaps by a trigger of the mail system, and its table, which knows no transactions, keeps what the trigger made of it: neither the old password holds nor the new one.";

    private readonly DbProviderFactory _factory;
    private readonly string _connectionString;
    private readonly StoreOpenOptions _options;
    private readonly ILogger _logger;

    /// <summary>Prepares the database; connects nowhere yet.</summary>
    /// <param name="factory">The driver.</param>
    /// <param name="connectionString">How to connect.</param>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    protected ServerDatabase(DbProviderFactory factory, string connectionString, StoreLocation location, StoreOpenOptions options, ILogger logger)
    {
        _factory = factory;
        _connectionString = connectionString;
        _options = options;
        _logger = logger;
        var server = location.Server ?? location.Path;
        Location = location.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{server}:{port}/{location.Database}") : $"{server}/{location.Database}";
    }

    /// <inheritdoc/>
    public override string Location { get; }

    /// <summary>Whether a connection stays on this machine, where nobody can listen in between.</summary>
    /// <param name="location">The store.</param>
    public static bool StaysHere(StoreLocation location) =>
        location.Path is not null
        || location.Server is null
        || location.Server.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(location.Server, out var address) && IPAddress.IsLoopback(address));

    /// <summary>What helps where a server's certificate is not accepted.</summary>
    protected const string TlsRemedy =
        "Give the server a certificate that names it, from an authority that this machine trusts or that -CaFile (--ca-file) names; or say -AllowPlaintext (--allow-plaintext) where the network in between is your own.";

    /// <summary>The authorities' file for the driver, checked; <see langword="null"/> where the machine's own are meant.</summary>
    /// <param name="location">The store.</param>
    /// <param name="options">How it is opened.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the file is no such file.</exception>
    protected static string? AuthorityFile(StoreLocation location, StoreOpenOptions options)
    {
        if (options.AuthorityFile is not { } file || location.Path is not null)
        {
            return null;
        }

        foreach (var certificate in CertificateAuthorities.Read(file))
        {
            certificate.Dispose();
        }

        return Path.GetFullPath(file);
    }

    /// <summary>Why a server's certificate was not accepted.</summary>
    /// <param name="exception">What the driver threw.</param>
    protected static string WhyNoTls(Exception exception)
    {
        var message = exception.GetBaseException().Message;
        // SslPolicyErrors by name, where the driver left the judgement to .NET; a driver that judges itself gives no reason.
        return message.Contains("NameMismatch", StringComparison.Ordinal) ? "the server's certificate is for another name."
            : message.Contains("Chain", StringComparison.Ordinal) ? "no authority that is trusted here signed the server's certificate."
            : message.Contains("certificate", StringComparison.Ordinal) ? "the server's certificate is for another name, or no authority that is trusted here signed it."
            : message;
    }

    /// <inheritdoc/>
    public override async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = _factory.CreateConnection()!;
        try
        {
            connection.ConnectionString = _connectionString;
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (IsFault(e) && IsTimeout(e))
            {
                throw new TimeoutException(NoAnswer("to a connection", _options.ConnectTimeout), e);
            }

            throw;
        }

        try
        {
            await ExecuteAsync(connection, null, SessionStatement).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool IsFault(Exception exception) => exception is DbException or IOException or SocketException or TimeoutException;

    /// <inheritdoc/>
    /// <remarks>A server that let the whole time go by would be asked for several times as long.</remarks>
    public override bool IsTransient(Exception exception) => IsFault(exception) && !IsTimeout(exception) && Classify(exception) is ServerFault.Contention or ServerFault.Lost;

    /// <inheritdoc/>
    public sealed override MailPassException Explain(Exception exception) =>
        !IsTimeout(exception) ? ExplainAnswer(exception)
        : exception is TimeoutException { InnerException: not null } ? Hung(exception.Message, "or allow more time (-ConnectTimeout, --connect-timeout)", exception)
        : Hung(NoAnswer("to a statement", _options.CommandTimeout), "or whether another program keeps the rows locked, or allow more time (-CommandTimeout, --command-timeout)", exception);

    /// <summary>What a server's answer, or a connection that could not be made or broke, means for people and the run.</summary>
    /// <param name="exception">What the driver threw.</param>
    protected abstract MailPassException ExplainAnswer(Exception exception);

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(BoundSchema bound, IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        // Everybody locks in the same order, so that two hosts at work on one domain wait for each other rather than deadlock.
        var rows = batch.Select((write, index) => new BatchRow(index, write)).OrderBy(row => row.Key, StringComparer.Ordinal).ToArray();
        if (rows.Length < MinRowsToHalve)
        {
            await WriteInOrderAsync(bound, rows, outcomes, cancellationToken).ConfigureAwait(false);
            return;
        }

        var half = new ArraySegment<BatchRow>(rows, 0, rows.Length / 2);
        var rest = new ArraySegment<BatchRow>(rows, half.Count, rows.Length - half.Count);
        // Both come to their end, also where one throws.
        await Task.WhenAll(
            Task.Run(() => WriteInOrderAsync(bound, half, outcomes, cancellationToken), CancellationToken.None),
            WriteInOrderAsync(bound, rest, outcomes, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Sent on every connection before its first use.</summary>
    protected abstract string SessionStatement { get; }

    /// <summary>What a batch sees of others' work; none but the committed, and no gaps between rows are locked.</summary>
    protected virtual IsolationLevel Isolation => IsolationLevel.ReadCommitted;

    /// <summary>What an error means for a batch.</summary>
    /// <param name="exception">What the driver threw.</param>
    protected abstract ServerFault Classify(Exception exception);

    /// <summary>Whether the server let the time go by that it had for an answer.</summary>
    /// <param name="exception">What the driver threw.</param>
    protected virtual bool IsTimeout(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is TimeoutException)
            {
                return true;
            }
        }

        return false;
    }

    private static MailPassException Hung(string message, string remedy, Exception exception) => new(
        ErrorIds.StoreUnreachable,
        message,
        $"See whether the server or the network in between hangs, {remedy}; then repeat the call. What was reported as changed stands.",
        exception);

    private string NoAnswer(string what, TimeSpan limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{Location} gave no answer {what} within {WholeSeconds(limit)} s.");

    /// <summary>A limit as drivers take it, which count whole seconds and go without any limit at zero.</summary>
    /// <param name="limit">How long something may take.</param>
    protected static int WholeSeconds(TimeSpan limit) => (int)Math.Clamp(Math.Ceiling(limit.TotalSeconds), 1, StoreOpenOptions.LongestCommandTimeout);

    /// <summary>How many rows from the first on fit into one statement.</summary>
    /// <param name="rows">The rows.</param>
    protected virtual int Fitting(IReadOnlyList<BatchRow> rows) => rows.Count;

    /// <summary>Prepares the statement that replaces the hashes that still are the old ones.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="bound">The schema.</param>
    /// <param name="rows">The changes.</param>
    protected abstract void PrepareUpdate(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows);

    /// <summary>Prepares the question which rows do not hold their new hash: each one's number, and whether the mailbox is there at all.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="bound">The schema.</param>
    /// <param name="rows">The changes.</param>
    protected abstract void PrepareUnwritten(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows);

    /// <summary>Prepares the statement that locks rows, which waits for whoever is at work on them, and reads the hashes that are there now: each one's number and hash.</summary>
    /// <param name="command">Receives it.</param>
    /// <param name="bound">The schema.</param>
    /// <param name="rows">Whose.</param>
    protected abstract void PrepareLockHashes(DbCommand command, BoundSchema bound, IReadOnlyList<BatchRow> rows);

    /// <summary>The <see cref="BatchRow.Index"/> that a row of an answer is about.</summary>
    /// <param name="number">The number as the answer has it.</param>
    /// <param name="rows">What was asked about.</param>
    protected abstract int IndexOf(int number, IReadOnlyList<BatchRow> rows);

    /// <summary>The statements that write what stands beside the hash, in order.</summary>
    /// <param name="bound">The schema.</param>
    /// <param name="rows">The mailboxes whose hash was written.</param>
    protected abstract IEnumerable<Action<DbCommand>> Besides(BoundSchema bound, IReadOnlyList<BatchRow> rows);

    /// <summary>Runs a statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">Its transaction, if any.</param>
    /// <param name="statement">The statement.</param>
    protected static Task<int> ExecuteAsync(DbConnection connection, DbTransaction? transaction, string statement) =>
        ExecuteAsync(connection, transaction, command => command.CommandText = statement);

    /// <summary>Runs a statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">Its transaction, if any.</param>
    /// <param name="prepare">Gives the command its text and its parameters.</param>
    protected static async Task<int> ExecuteAsync(DbConnection connection, DbTransaction? transaction, Action<DbCommand> prepare)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            try
            {
                prepare(command);
                return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
            finally
            {
                LongText.Release(command);
            }
        }
    }

    /// <summary>Reads an answer row by row.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">Its transaction, if any.</param>
    /// <param name="prepare">Gives the command its text and its parameters.</param>
    /// <param name="read">Receives each row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    protected static async Task ReadAsync(DbConnection connection, DbTransaction? transaction, Action<DbCommand> prepare, Action<DbDataReader> read, CancellationToken cancellationToken = default)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            try
            {
                prepare(command);
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        read(reader);
                    }
                }
            }
            finally
            {
                LongText.Release(command);
            }
        }
    }

    /// <summary>The first row of an answer.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    protected static async Task<object[]> RowAsync(DbConnection connection, string statement, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = statement;
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var values = new object[reader.FieldCount];
                reader.GetValues(values);
                return values;
            }
        }
    }

    /// <summary>Adds a parameter.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">Its name, without sign.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The parameter as it stands in the statement.</returns>
    protected static string Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = $"{name}{command.Parameters.Count}";
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return "@" + parameter.ParameterName;
    }

    /// <summary>Reads tables and columns from rows of table, column, type, width, character set, collation.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="enginesWithoutTransactions">The kinds of those tables that know no transactions, by the tables' names.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    protected static async Task<SqlCatalog> ReadCatalogAsync(DbConnection connection, string statement, IReadOnlyDictionary<string, string>? enginesWithoutTransactions, CancellationToken cancellationToken)
    {
        var columns = new List<(string Table, SqlColumn Column)>();
        await ReadAsync(
            connection,
            null,
            command => command.CommandText = statement,
            reader => columns.Add((reader.GetString(0), new SqlColumn(
                reader.GetString(1),
                reader.GetString(2),
                // A text type's width can be more than fits into 32 bits (longtext); nobody's hash is that long.
                reader.IsDBNull(3) ? null : (int)Math.Min(int.MaxValue, Convert.ToDecimal(reader.GetValue(3), CultureInfo.InvariantCulture)),
                ColumnText.Read(reader, 4),
                ColumnText.Read(reader, 5)))),
            cancellationToken).ConfigureAwait(false);
        return SqlCatalog.Of(columns, enginesWithoutTransactions);
    }

    // One statement's worth after the other.
    private async Task WriteInOrderAsync(BoundSchema bound, ArraySegment<BatchRow> rows, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        while (rows.Count > 0)
        {
            var count = Fitting(rows[..Math.Min(MaxRows, rows.Count)]);
            await WriteRowsAsync(bound, rows[..count], outcomes, cancellationToken).ConfigureAwait(false);
            rows = rows[count..];
        }
    }

    private async Task WriteRowsAsync(BoundSchema bound, ArraySegment<BatchRow> rows, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        DateTime? lostSince = null;
        var contention = 0;
        var commitUnknown = false;
        IReadOnlyList<BatchRow> open = rows;
        for (var attempt = 1; ; attempt++)
        {
            // Once a COMMIT has been sent its outcome must be learnt, whatever the user wants meanwhile.
            if (!commitUnknown)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var step = new Step();
            try
            {
                if (await TryAsync(bound, open, outcomes, commitUnknown, step).ConfigureAwait(false))
                {
                    return;
                }

                open = step.Settled ?? open;
                commitUnknown = false;
                var tried = open.Count;
                if (!bound.UndoesHashes)
                {
                    open = await KeepReplacedAsync(bound, open, outcomes, step).ConfigureAwait(false);
                }

                if (open.Count == tried)
                {
                    await WriteApartAsync(bound, open.ToArray(), outcomes, AlteredHash, cancellationToken).ConfigureAwait(false);
                    return;
                }
            }
            catch (Exception e) when (IsFault(e))
            {
                var fault = Classify(e);
                if (step.Settled is { } settled)
                {
                    open = settled;
                    commitUnknown = false;
                }

                if (step.Replacing && !bound.UndoesHashes)
                {
                    var tried = open.Count;
                    open = await KeepReplacedAsync(bound, open, outcomes, step).ConfigureAwait(false);
                    if (fault is ServerFault.Row && open.Count < tried)
                    {
                        continue;
                    }
                }
                else if (step.Committing && fault is ServerFault.Lost)
                {
                    commitUnknown = true;
                    StoreLog.CommitUnknown(_logger, Location);
                }

                if (fault == ServerFault.Row && !commitUnknown)
                {
                    await WriteApartAsync(bound, open.ToArray(), outcomes, $"The database refused the row: {e.Message}", cancellationToken).ConfigureAwait(false);
                    return;
                }

                var again = fault switch
                {
                    ServerFault.Contention => ++contention <= MaxContention,
                    ServerFault.Lost => DateTime.UtcNow - (lostSince ??= DateTime.UtcNow) < _options.Patience,
                    _ => false,
                };
                if (!again)
                {
                    throw commitUnknown ? Unknown(e, open, outcomes) : Explain(e);
                }

                StoreLog.Retry(_logger, Location, attempt + 1, Explain(e).Message);
                await PauseAsync(attempt, commitUnknown ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // False, with nothing written, where hashes were replaced and yet are not what was to be written.
    private async Task<bool> TryAsync(BoundSchema bound, IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes, bool settle, Step step)
    {
        var connection = await ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(Isolation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (settle)
                {
                    rows = await SettleAsync(connection, transaction, bound, rows, outcomes).ConfigureAwait(false);
                    step.Settled = rows;
                }

                var unwritten = new Dictionary<int, WriteOutcome>();
                if (rows.Count > 0)
                {
                    step.Replacing = true;
                    var replaced = await ExecuteAsync(connection, transaction, command => PrepareUpdate(command, bound, rows)).ConfigureAwait(false);
                    await ReadAsync(
                        connection,
                        transaction,
                        command => PrepareUnwritten(command, bound, rows),
                        reader => unwritten[IndexOf(reader, rows)] = new WriteOutcome(Convert.ToBoolean(reader.GetValue(1), CultureInfo.InvariantCulture) ? WriteStatus.Conflict : WriteStatus.NotFound)).ConfigureAwait(false);
                    var written = unwritten.Count == 0 ? rows : rows.Where(row => !unwritten.ContainsKey(row.Index)).ToArray();
                    // None replaced: those that hold our hash have it from an earlier attempt, with what stands beside it.
                    // A single row that holds our hash was written, whatever the database says about the number.
                    if (replaced != written.Count && replaced > 0 && !(rows.Count == 1 && written.Count == 1))
                    {
                        step.Altered = true;
                        return false;
                    }

                    if (replaced > 0)
                    {
                        await WriteBesidesAsync(connection, transaction, bound, written).ConfigureAwait(false);
                    }
                }

                step.Committing = true;
                await transaction.CommitAsync().ConfigureAwait(false);
                foreach (var row in rows)
                {
                    outcomes[row.Index] = unwritten.TryGetValue(row.Index, out var outcome) ? outcome : new WriteOutcome(WriteStatus.Written);
                }

                return true;
            }
        }
    }

    private async Task WriteBesidesAsync(DbConnection connection, DbTransaction transaction, BoundSchema bound, IReadOnlyList<BatchRow> written)
    {
        if (written.Count > 0)
        {
            foreach (var beside in Besides(bound, written))
            {
                await ExecuteAsync(connection, transaction, beside).ConfigureAwait(false);
            }
        }
    }

    // A table without transactions keeps the hashes that were replaced before something failed. They are told as written,
    // and what stands beside them is made up for, rather once too often than not at all. Returns the rows that hold their
    // old hash still.
    private async Task<IReadOnlyList<BatchRow>> KeepReplacedAsync(BoundSchema bound, IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes, Step step)
    {
        var since = DateTime.UtcNow;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var connection = await ConnectAsync(CancellationToken.None).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    var transaction = await connection.BeginTransactionAsync(Isolation).ConfigureAwait(false);
                    await using (transaction.ConfigureAwait(false))
                    {
                        var open = await SettleAsync(connection, transaction, bound, rows, outcomes).ConfigureAwait(false);
                        var kept = rows.Except(open).ToArray();
                        if (step.Altered)
                        {
                            var there = await HashesAsync(connection, transaction, bound, open).ConfigureAwait(false);
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
                                await WriteBesidesAsync(connection, transaction, bound, kept).ConfigureAwait(false);
                            }

                            await transaction.CommitAsync().ConfigureAwait(false);
                        }
                        catch (Exception e) when (IsFault(e))
                        {
                            StoreLog.BesideMissing(_logger, Location, kept.Length, Explain(e).Message);
                        }

                        return open;
                    }
                }
            }
            catch (Exception e) when (IsFault(e))
            {
                if (Classify(e) is not (ServerFault.Lost or ServerFault.Contention) || DateTime.UtcNow - since >= _options.Patience)
                {
                    throw Unknown(e, rows, outcomes);
                }

                await PauseAsync(attempt, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    // The rows that an earlier COMMIT, whose answer was lost, did not write.
    private async Task<IReadOnlyList<BatchRow>> SettleAsync(DbConnection connection, DbTransaction transaction, BoundSchema bound, IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes)
    {
        var there = await HashesAsync(connection, transaction, bound, rows).ConfigureAwait(false);
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

    private async Task<Dictionary<int, string?>> HashesAsync(DbConnection connection, DbTransaction transaction, BoundSchema bound, IReadOnlyList<BatchRow> rows)
    {
        var there = new Dictionary<int, string?>(rows.Count);
        if (rows.Count > 0)
        {
            await ReadAsync(
                connection,
                transaction,
                command => PrepareLockHashes(command, bound, rows),
                reader => there[IndexOf(reader, rows)] = ColumnText.Read(reader, 1)).ConfigureAwait(false);
        }

        return there;
    }

    private int IndexOf(DbDataReader reader, IReadOnlyList<BatchRow> rows) => IndexOf(Convert.ToInt32(reader.GetValue(0), CultureInfo.InvariantCulture), rows);

    // Halves the batch until the refused row stands alone, so that one bad row costs only itself.
    private async Task WriteApartAsync(BoundSchema bound, ArraySegment<BatchRow> rows, WriteOutcome?[] outcomes, string refusal, CancellationToken cancellationToken)
    {
        if (rows.Count == 1)
        {
            outcomes[rows[0].Index] = new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, refusal);
            return;
        }

        var half = rows.Count / 2;
        await WriteRowsAsync(bound, rows[..half], outcomes, cancellationToken).ConfigureAwait(false);
        await WriteRowsAsync(bound, rows[half..], outcomes, cancellationToken).ConfigureAwait(false);
    }

    // Full jitter over a doubling span, so that the hosts of a shared run do not meet again at the same moment.
    private static Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        var span = Math.Min(4000, 50 << Math.Min(attempt, 7));
#pragma warning disable CA5394 // Spreads waiting times; nothing secret hangs on it.
        return Task.Delay(Random.Shared.Next(10, span), cancellationToken);
#pragma warning restore CA5394
    }

    private MailPassException Unknown(Exception exception, IReadOnlyList<BatchRow> rows, WriteOutcome?[] outcomes)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"The connection to {Location} broke while the change was being committed and could not be made again for {_options.Patience.TotalSeconds:0} s. {Explain(exception).Message}");
        foreach (var row in rows)
        {
            outcomes[row.Index] = new WriteOutcome(WriteStatus.Unknown, null, reason);
        }

        return new MailPassException(
            ErrorIds.StoreUnreachable,
            string.Create(CultureInfo.InvariantCulture, $"{reason} Whether {rows.Count} mailboxes have their new password is not known."),
            "When the server is back, ask the journal (it holds old and new hash of each), or repeat the run for them.",
            exception);
    }

    // How far an attempt got before it failed.
    private sealed class Step
    {
        /// <summary>Whether hashes may have been replaced.</summary>
        public bool Replacing { get; set; }

        /// <summary>Whether replaced hashes are others than were to be written.</summary>
        public bool Altered { get; set; }

        /// <summary>Whether COMMIT was sent.</summary>
        public bool Committing { get; set; }

        /// <summary>The rows that an earlier COMMIT is now known not to have written.</summary>
        public IReadOnlyList<BatchRow>? Settled { get; set; }
    }
}
