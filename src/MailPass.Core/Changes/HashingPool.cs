using System.Collections.Concurrent;
using System.Diagnostics;
using MailPass.Hashing;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// Hashes on all cores, whatever the number and size of the batches. Each batch is cut into pieces of similar passwords, the pieces
/// wait in one queue, and a batch is hashed when its last piece is. Batches may overtake each other here. The next stage awaits
/// <see cref="ChangeBatch.Hashed"/> of each batch in turn, which restores the order.
/// </summary>
internal sealed class HashingPool : IAsyncDisposable
{
    private readonly IBatchHasher _hasher;
    private readonly Action<IReadOnlyList<Change>> _verifyCurrent;
    private readonly CancellationToken _stop;

    // Unbounded: the run has at most three batches under way, and a piece is only a view of one.
    private readonly BlockingCollection<Piece> _pieces = [];
    private readonly Task[] _workers;
    private readonly PieceSize _size = new();

    public HashingPool(IBatchHasher hasher, int threads, Action<IReadOnlyList<Change>> verifyCurrent, CancellationToken stop)
    {
        _hasher = hasher;
        _verifyCurrent = verifyCurrent;
        _stop = stop;

        // Dedicated threads, which never await: after an await the work would continue in the thread pool, and take its few
        // threads away from the stages that read, write and deliver meanwhile.
        _workers = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
    }

    /// <summary>Queues the pending changes of a batch for hashing.</summary>
    public void Enqueue(ChangeBatch batch)
    {
        var pending = batch.Pending.ToList();
        if (pending.Count == 0)
        {
            return;
        }

        // Sorted by length, because only passwords of equal length share lanes. The sort is stable, so a batch of one length keeps its order.
        var sorted = pending.OrderBy(change => change.Settings?.Scheme, StringComparer.Ordinal).ThenBy(change => change.Password!.Length).ToList();
        var pieces = sorted.Chunk(_size.Current).Select(changes => new Piece(changes)).ToList();
        batch.Hashed = Task.WhenAll(pieces.Select(piece => piece.Done.Task));
        foreach (var piece in pieces)
        {
            _pieces.Add(piece);
        }
    }

    /// <summary>Ends the workers when the queue is empty.</summary>
    public async ValueTask DisposeAsync()
    {
        _pieces.CompleteAdding();
        await Task.WhenAll(_workers).ConfigureAwait(false);
        _pieces.Dispose();
    }

    // A stop does not cancel the loop: a worker marks a waiting piece as stopped, which is quick.
    private void Work()
    {
        foreach (var piece in _pieces.GetConsumingEnumerable())
        {
            Work(piece);
            piece.Done.SetResult();
        }
    }

    private void Work(Piece piece)
    {
        if (_stop.IsCancellationRequested)
        {
            foreach (var change in piece.Changes)
            {
                change.Stop();
            }

            return;
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            Hash(piece.Changes);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped while hashing.
            foreach (var change in piece.Changes.Where(change => change.IsPending))
            {
                change.Stop();
            }

            return;
        }
        catch (Exception fault)
        {
            // One bad job must not fail its neighbours: the rest of the piece is hashed one by one.
            if (piece.Changes.Length == 1)
            {
                piece.Changes[0].Fail(fault as MailPassException ?? new MailPassException(ErrorIds.Unexpected, $"Hashing failed: {fault.GetType().Name}."));
                return;
            }

            foreach (var change in piece.Changes.Where(change => change.IsPending && change.NewHash is null))
            {
                Work(new Piece([change]));
            }

            return;
        }

        _size.Learn(piece.Changes.Length, Stopwatch.GetElapsedTime(started));
    }

    private void Hash(Change[] changes)
    {
        _verifyCurrent(changes);
        var jobs = new List<HashJob>(changes.Length);
        var hashed = new List<Change>(changes.Length);
        foreach (var change in changes)
        {
            if (change.IsPending && change.Plan is null)
            {
                change.NewHash = HashWrite.ByStore;
            }
            else if (change.IsPending)
            {
                jobs.Add(new HashJob(change.Password!, change.Settings!));
                hashed.Add(change);
            }
        }

        if (jobs.Count == 0)
        {
            return;
        }

        var hashes = _hasher.Hash(jobs, _stop);
        for (var i = 0; i < hashed.Count; i++)
        {
            hashed[i].NewHash = hashed[i].Plan!.Write(hashes[i]);
        }
    }

    private sealed class Piece(Change[] changes)
    {
        public Change[] Changes { get; } = changes;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
