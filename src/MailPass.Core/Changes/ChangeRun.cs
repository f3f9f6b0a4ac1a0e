using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MailPass.Hashing;
using MailPass.Stores;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Changes;

/// <summary>One bulk job: check → hash → journal → write → revoke → result. Used once.</summary>
/// <remarks>
/// Five stages work at the same time on different batches, joined by channels that hold one batch each, so memory stays
/// flat however long the input is:
/// <list type="number">
/// <item>intake and check (<see cref="BatchIntake"/>, <see cref="ChangeCheck"/>), which also feeds the hashing;</item>
/// <item>hashing on all cores (<see cref="HashingPool"/>);</item>
/// <item>journal (<see cref="ChangeWriter.RecordAsync"/>), batches in input order, one ahead of the store;</item>
/// <item>write (<see cref="ChangeWriter"/>), batches in input order;</item>
/// <item>revocation (<see cref="SessionStage"/>), batches in input order.</item>
/// </list>
/// </remarks>
public sealed class ChangeRun : IAsyncDisposable
{
    // Shared, so that the memory for ARGON2ID is limited for all runs of the process together.
    private static readonly BatchHasher _sharedHasher = new();

    private readonly IMailboxStore _store;
    private readonly ChangeRunOptions _options;
    private readonly ILogger _logger;
    private readonly BatchSizer _sizer;
    private readonly SessionStage _sessions;
    private readonly Canary _canary;
    private readonly BatchHasher? _ownHasher;
    private readonly CancellationTokenSource _abandoned = new();
    private readonly List<ChangeResult> _unread = [];
    private Channel<ChangeBatch>? _results;
    private Task _work = Task.CompletedTask;
    private Exception? _fault;
    private int _started;
    private long _nextWave;

    /// <summary>Prepares a run.</summary>
    /// <param name="store">Where the mailboxes live; it stays the caller's.</param>
    /// <param name="options">How to go about it.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size, the number of threads or the memory is below 1.</exception>
    public ChangeRun(IMailboxStore store, ChangeRunOptions options, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HashingThreads ?? 1, 1);
        _ownHasher = options is { Hasher: null, MaxHashingMemory: { } limit } ? new BatchHasher(limit) : null;
        _store = store;
        _options = options with { Started = options.Started ?? options.Journal?.Started ?? DateTimeOffset.UtcNow };
        _logger = logger ?? NullLogger.Instance;
        _sizer = new BatchSizer(BatchSize);
        _canary = new Canary(store, _options);
        _sessions = new SessionStage(options.SessionAuthorities, options.RevocationScope, options.Journal);
    }

    /// <summary>Checks that a store supports the run's options, before the user is asked to confirm.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The run's options.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the store does not support <see cref="ChangeRunOptions.ForceChange"/>.</exception>
    public static void Require(StoreInfo store, ChangeRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        if (options.ForceChange && store.ForceChange is null)
        {
            throw new MailPassException(
                ErrorIds.InputInvalid,
                $"{store.Location} cannot make people choose another password at the next login: the schema {store.Schema} has no column or setting for that.",
                "Leave the option out. Stores of mailcow, Mailu and Group-Office's users support it.");
        }
    }

    /// <summary>The hasher of this run.</summary>
    internal IBatchHasher Hasher => _options.Hasher ?? _ownHasher ?? _sharedHasher;

    /// <summary>Carries the run out.</summary>
    /// <param name="requests">The changes asked for.</param>
    /// <param name="cancellationToken">
    /// Stops intake at once and lets the batch in flight finish. Committed changes still get their results. Requests that were read and
    /// not begun are <see cref="ChangeStatus.Skipped"/> with <see cref="ErrorIds.Stopped"/>. Then the sequence ends without an
    /// exception.
    /// </param>
    /// <returns>One result for each request, in the requests' order. The receiver owns each result's password.</returns>
    /// <exception cref="MailPassException">The store, the journal or the input is gone; thrown after the results of what was done so far. <see cref="ErrorIds.StoreReadOnly"/>, before anything else, if the store cannot be written; <see cref="ErrorIds.InputInvalid"/> if it does not support <see cref="ChangeRunOptions.ForceChange"/>.</exception>
    /// <exception cref="InvalidOperationException">The run was carried out before.</exception>
    public async IAsyncEnumerable<ChangeResult> ExecuteAsync(
        IAsyncEnumerable<ChangeRequest> requests,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("A run is carried out once.");
        }

        // This applies to a dry run too: it predicts the run, and the run could do nothing.
        if (_store.Info.IsReadOnly)
        {
            throw new MailPassException(ErrorIds.StoreReadOnly, $"{_store.Info.Location} can be read but not written. {_store.Info.ReadOnlyReason}".TrimEnd(), "Name the primary server, or give the current user the right to write.");
        }

        Require(_store.Info, _options);
        RunEvents.Started(_logger, _store.Info.Kind, _store.Info.Schema, _options.WhatIf);
        _results = Channel.CreateBounded<ChangeBatch>(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _abandoned.Token);
        _work = WorkAsync(requests, stop);
        ChangeBatch? current = null;
        var next = 0;
        try
        {
            await foreach (var batch in _results.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                for ((current, next) = (batch, 0); next < batch.Changes.Count;)
                {
                    // Counted as read before the caller gets it: a caller that stops now has it.
                    yield return batch.Changes[next++].ToResult(_options.ReturnGivenPasswords);
                }

                current = null;
            }
        }
        finally
        {
            await AbandonAsync(current, next).ConfigureAwait(false);
        }

        if (_fault is not null)
        {
            throw _fault;
        }
    }

    /// <summary>
    /// Puts back the old hashes of changes whose results never reached anyone (a closed pipe, a full disk, a stopped
    /// pipeline), provided that the mailbox still has the hash that this run wrote. Nobody has the new password, so
    /// the old one must keep working.
    /// </summary>
    /// <param name="undelivered">Results of this run that <see cref="ExecuteAsync"/> returned but that could not be delivered.</param>
    /// <returns>
    /// The changes that could not be undone, each with the reason and its password, which the mailbox still has.
    /// </returns>
    public async ValueTask<IReadOnlyList<ChangeResult>> TakeBackAsync(IReadOnlyList<ChangeResult> undelivered)
    {
        ArgumentNullException.ThrowIfNull(undelivered);
        var left = new List<ChangeResult>();
        foreach (var results in undelivered.Where(result => result.Written is not null).Chunk(BatchSize))
        {
            left.AddRange(await TakeBack.FromStoreAsync(_store, _options.SessionAuthorities, results).ConfigureAwait(false));
        }

        RunEvents.TakenBack(_logger, undelivered.Count(result => result.Written is not null) - left.Count, left.Count);
        return left;
    }

    /// <summary>
    /// Other ways into the same mailboxes that neither a new password nor this run closed, one sentence each. Complete once
    /// <see cref="ExecuteAsync"/> has ended.
    /// </summary>
    public IReadOnlyList<string> StillOpen =>
        [.. _store.Info.Credentials.Where(credential => credential.Table is null || !_sessions.Closed.Contains(credential.Table)).Select(credential => credential.Text)];

    /// <summary>When the next wave begins, in UTC, while the run waits for it; otherwise <see langword="null"/>.</summary>
    public DateTimeOffset? NextWave => Volatile.Read(ref _nextWave) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>
    /// The changes that <see cref="DisposeAsync"/> could not undo although their results were never read. Their passwords are
    /// here and nowhere else; the caller delivers them or disposes of them.
    /// </summary>
    public IReadOnlyList<ChangeResult> LeftBehind { get; private set; } = [];

    /// <summary>Ends the run and undoes changes whose results were not read, like <see cref="TakeBackAsync"/>. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        await AbandonAsync(null, 0).ConfigureAwait(false);
        var unread = _unread.ToList();
        _unread.Clear();
        if (unread.Count > 0)
        {
            LeftBehind = await TakeBackAsync(unread).ConfigureAwait(false);
        }

        _ownHasher?.Dispose();
        _abandoned.Dispose();
    }

    private int BatchSize => _options.BatchSize ?? _store.Info.BatchSize;

    /// <summary>Stops the stages if they are still working, and collects the results that nobody read.</summary>
    private async ValueTask AbandonAsync(ChangeBatch? current, int next)
    {
        if (_results is null)
        {
            return;
        }

        if (!_work.IsCompleted)
        {
            await _abandoned.CancelAsync().ConfigureAwait(false);
        }

        if (current is not null)
        {
            _unread.AddRange(current.Changes.Skip(next).Select(change => change.ToResult(_options.ReturnGivenPasswords)));
        }

        await foreach (var batch in _results.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            _unread.AddRange(batch.Changes.Select(change => change.ToResult(_options.ReturnGivenPasswords)));
        }

        await _work.ConfigureAwait(false);
        _results = null;
    }

    /// <summary>Connects the stages. Never throws: the first fault is kept in <see cref="_fault"/> and stops the intake.</summary>
    private async Task WorkAsync(IAsyncEnumerable<ChangeRequest> requests, CancellationTokenSource stop)
    {
        // Returns to the caller before any stage begins.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var hashing = Channel.CreateBounded<ChangeBatch>(1);
        var writing = Channel.CreateBounded<ChangeBatch>(1);
        var revoking = Channel.CreateBounded<ChangeBatch>(1);
        var pool = new HashingPool(
            Hasher,
            _options.HashingThreads ?? Environment.ProcessorCount,
            new CurrentPassword(_store.Info, _options.LeaveUnchanged, (Hasher as BatchHasher ?? _sharedHasher).Resources, stop.Token).Verify,
            stop.Token);
        var writer = new ChangeWriter(_store, _options);
        await Task.WhenAll(
            CheckAsync(requests, pool, hashing, stop),
            RecordAsync(writer, hashing.Reader, writing.Writer, stop),
            WriteAsync(writer, writing.Reader, revoking.Writer, stop),
            RevokeAsync(revoking.Reader, _results!.Writer)).ConfigureAwait(false);
    }

    private async Task CheckAsync(IAsyncEnumerable<ChangeRequest> requests, HashingPool pool, Channel<ChangeBatch> output, CancellationTokenSource stop)
    {
        var intake = new BatchIntake(requests, _sizer, () => output.Reader.Count == 0, _options.WaveSize);
        using var check = new ChangeCheck(_store, _options);
        await foreach (var batch in intake.ReadAsync(stop.Token).ConfigureAwait(false))
        {
            await CheckBatchAsync(batch, check, stop).ConfigureAwait(false);
            pool.Enqueue(batch);
            await output.Writer.WriteAsync(batch, CancellationToken.None).ConfigureAwait(false);
        }

        Keep(intake.Fault);
        await TellRecordedAsync(check, pool, output, stop).ConfigureAwait(false);
        output.Writer.Complete();
        await pool.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Adds rows for mailboxes that an interrupted part of the run changed and that are no longer in the input. Nobody else has their
    /// passwords, and the key to them is destroyed when the run ends.
    /// </summary>
    private async ValueTask TellRecordedAsync(ChangeCheck check, HashingPool pool, Channel<ChangeBatch> output, CancellationTokenSource stop)
    {
        if (_options.Recorded is not { } recorded || _fault is not null || stop.IsCancellationRequested)
        {
            return;
        }

        foreach (var some in recorded.NotAskedFor().Chunk(BatchSize))
        {
            var batch = new ChangeBatch([.. some.Select(mailbox => new Change(new ChangeRequest { Identity = mailbox.Value, IsOnlyRecorded = true }))]);
            await CheckBatchAsync(batch, check, stop).ConfigureAwait(false);
            pool.Enqueue(batch);
            await output.Writer.WriteAsync(batch, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask CheckBatchAsync(ChangeBatch batch, ChangeCheck check, CancellationTokenSource stop)
    {
        if (!stop.IsCancellationRequested)
        {
            try
            {
                await check.CheckAsync(batch, stop.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Changes that the check has not decided are stopped below.
            }
            catch (Exception fault)
            {
                await EndAsync(fault, stop).ConfigureAwait(false);
                foreach (var change in batch.Pending)
                {
                    change.FailWithRun(fault);
                }
            }
        }

        StopPending(batch);
    }

    private static void StopPending(ChangeBatch batch)
    {
        foreach (var change in batch.Pending)
        {
            change.Stop();
        }
    }

    private async Task RecordAsync(ChangeWriter writer, ChannelReader<ChangeBatch> input, ChannelWriter<ChangeBatch> output, CancellationTokenSource stop)
    {
        await foreach (var batch in input.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await batch.Hashed.ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                // Nothing of this batch has reached the journal or the store.
                StopPending(batch);
            }
            else
            {
                try
                {
                    await writer.RecordAsync(batch).ConfigureAwait(false);
                }
                catch (Exception fault)
                {
                    await EndAsync(fault, stop).ConfigureAwait(false);
                }
            }

            await output.WriteAsync(batch, CancellationToken.None).ConfigureAwait(false);
        }

        output.Complete();
    }

    private async Task WriteAsync(ChangeWriter writer, ChannelReader<ChangeBatch> input, ChannelWriter<ChangeBatch> output, CancellationTokenSource stop)
    {
        var idleSince = Stopwatch.GetTimestamp();
        var (failed, all) = (0L, 0L);
        await foreach (var batch in input.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                if (batch.BeginsWave && all > 0 && _options.WaveDelay > TimeSpan.Zero)
                {
                    Volatile.Write(ref _nextWave, (DateTimeOffset.UtcNow + _options.WaveDelay).UtcTicks);
                    await Task.Delay(_options.WaveDelay, stop.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
                    Volatile.Write(ref _nextWave, 0);
                    idleSince = Stopwatch.GetTimestamp();
                }

                CheckFailures(failed + batch.Changes.Count(change => change.Status is ChangeStatus.Failed), all + batch.Changes.Count(change => !change.IsPending));
                await ProveAsync(writer, batch, stop).ConfigureAwait(false);
                if (!stop.IsCancellationRequested)
                {
                    await writer.WriteAsync(batch).ConfigureAwait(false);
                }
            }
            catch (Exception fault)
            {
                await EndAsync(fault, stop).ConfigureAwait(false);
            }

            await StopRestAsync(writer, batch, stop).ConfigureAwait(false);
            failed += batch.Changes.Count(change => change.Status is ChangeStatus.Failed);
            all += batch.Changes.Count;
            _sizer.Learn(batch.Changes.Count, Stopwatch.GetElapsedTime(idleSince));
            RunEvents.BatchWritten(_logger, batch.Changes.Count(change => change.Status is ChangeStatus.Changed), batch.Changes.Count);
            await output.WriteAsync(batch, CancellationToken.None).ConfigureAwait(false);

            // A slow receiver must not make batches smaller: the clock starts when it has taken this batch.
            idleSince = Stopwatch.GetTimestamp();
        }

        output.Complete();
    }

    private void CheckFailures(long failed, long all)
    {
        if (_options.MaxFailure?.IsExceeded(failed, all) == true)
        {
            throw new MailPassException(
                ErrorIds.TooManyFailures,
                FormattableString.Invariant($"{failed:N0} of the first {all:N0} mailboxes failed, which is more than {_options.MaxFailure}; the run was stopped."),
                "Fix the errors that the rows report, then resume the run.");
        }
    }

    /// <summary>Writes and tests the canaries of a batch, before anything else is written.</summary>
    private async ValueTask ProveAsync(ChangeWriter writer, ChangeBatch batch, CancellationTokenSource stop)
    {
        while (_canary.Left > 0 && !stop.IsCancellationRequested && batch.Pending.Take(_canary.Left).ToList() is { Count: > 0 } first)
        {
            await writer.WriteAsync(batch, first).ConfigureAwait(false);
            await batch.InForce.ConfigureAwait(false);
            await _canary.ProveAsync(first.FindAll(change => change.Status is ChangeStatus.Changed), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask StopRestAsync(ChangeWriter writer, ChangeBatch batch, CancellationTokenSource stop)
    {
        if (!stop.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await writer.StopAsync(batch).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            Keep(fault);
        }
    }

    private async Task RevokeAsync(ChannelReader<ChangeBatch> input, ChannelWriter<ChangeBatch> output)
    {
        // Batches are revoked concurrently, because a webmail may take seconds; they are passed on in order.
        var underWay = Channel.CreateBounded<Task<ChangeBatch>>(SessionStage.Together - 1);
        var handingOn = HandOnAsync();
        await foreach (var batch in input.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await underWay.Writer.WriteAsync(_sessions.RevokeAsync(batch), CancellationToken.None).ConfigureAwait(false);
        }

        underWay.Writer.Complete();
        await handingOn.ConfigureAwait(false);
        output.Complete();

        async Task HandOnAsync()
        {
            await foreach (var batch in underWay.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                await output.WriteAsync(await batch.ConfigureAwait(false), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask EndAsync(Exception fault, CancellationTokenSource stop)
    {
        Keep(fault);
        RunEvents.Ended(_logger, (fault as MailPassException)?.ErrorId ?? fault.GetType().Name, fault.Message);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    private void Keep(Exception? fault) => Interlocked.CompareExchange(ref _fault, fault, null);
}
