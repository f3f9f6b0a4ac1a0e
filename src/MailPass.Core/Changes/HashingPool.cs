using System.Diagnostics;
using System.Threading.Channels;
using MailPass.Hashing;

namespace MailPass.Changes;

/// <summary>
/// All cores hash, whatever the number and size of the batches: each batch is cut into pieces of like passwords, the
/// pieces wait in one queue, and a batch is hashed when its last piece is. Batches overtake each other here; the order is
/// restored by whoever awaits <see cref="ChangeBatch.Hashed"/> in turn.
/// </summary>
internal sealed class HashingPool : IAsyncDisposable
{
    // What the slowest schemes interleave: four bcrypts of cost 12 take a second, and a stop has to wait for them. The
    // fast ones outgrow it within the first batch.
    private const int SmallestPiece = 4;
    private const int LargestPiece = 256;
    private static readonly TimeSpan _shortPiece = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longPiece = TimeSpan.FromMilliseconds(100);

    private readonly IBatchHasher _hasher;
    private readonly Action<IReadOnlyList<Change>> _verifyCurrent;
    private readonly bool _writesPrefix;
    private readonly CancellationToken _stop;
    private readonly Channel<Piece> _pieces;
    private readonly Task[] _workers;
    private volatile int _pieceSize = SmallestPiece;

    public HashingPool(IBatchHasher hasher, int threads, Action<IReadOnlyList<Change>> verifyCurrent, bool writesPrefix, CancellationToken stop)
    {
        _hasher = hasher;
        _verifyCurrent = verifyCurrent;
        _writesPrefix = writesPrefix;
        _stop = stop;
        _pieces = Channel.CreateBounded<Piece>(new BoundedChannelOptions(threads * 4) { SingleWriter = true });

        // Threads of their own: hashing blocks for long, and the pool's threads are needed by everything that awaits.
        _workers = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(WorkAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())];
    }

    /// <summary>Queues what is pending in a batch; returns when all of it is queued, not when it is hashed.</summary>
    public async ValueTask EnqueueAsync(ChangeBatch batch)
    {
        var pending = batch.Pending.ToList();
        if (pending.Count == 0)
        {
            return;
        }

        // Like beside like: only equal lengths share lanes. Stable, so that a batch of one length keeps its order.
        var sorted = pending.OrderBy(change => change.Settings!.Scheme, StringComparer.Ordinal).ThenBy(change => change.Password!.Length).ToList();
        var size = _pieceSize;
        var pieces = sorted.Chunk(size).Select(changes => new Piece(changes)).ToList();
        batch.Hashed = Task.WhenAll(pieces.Select(piece => piece.Done.Task));
        foreach (var piece in pieces)
        {
            // Never cancelled: a queued piece is settled quickly by a worker that sees the stop.
            await _pieces.Writer.WriteAsync(piece, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the workers when the queue is empty.</summary>
    public async ValueTask DisposeAsync()
    {
        _pieces.Writer.TryComplete();
        await Task.WhenAll(_workers).ConfigureAwait(false);
    }

    private async Task WorkAsync()
    {
        while (await _pieces.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (_pieces.Reader.TryRead(out var piece))
            {
                Work(piece);
                piece.Done.SetResult();
            }
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
        catch (Exception fault)
        {
            // One bad job must not take its neighbours along: the rest of the piece is hashed one by one.
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

        Learn(piece.Changes.Length, Stopwatch.GetElapsedTime(started));
    }

    private void Hash(Change[] changes)
    {
        _verifyCurrent(changes);
        var jobs = new List<HashJob>(changes.Length);
        var hashed = new List<Change>(changes.Length);
        foreach (var change in changes)
        {
            if (change.IsPending)
            {
                jobs.Add(new HashJob(change.Password!, change.Settings!));
                hashed.Add(change);
            }
        }

        var hashes = _hasher.Hash(jobs);
        for (var i = 0; i < hashed.Count; i++)
        {
            hashed[i].NewHash = TargetHash.Write(hashed[i].Settings!, hashes[i], _writesPrefix);
        }
    }

    /// <summary>A piece is as large as keeps the queue's cost small and the answer to a stop quick.</summary>
    private void Learn(int count, TimeSpan elapsed)
    {
        var size = _pieceSize;
        if (elapsed < _shortPiece && count >= size)
        {
            _pieceSize = Math.Min(LargestPiece, size * 2);
        }
        else if (elapsed > _longPiece)
        {
            _pieceSize = Math.Max(SmallestPiece, size / 2);
        }
    }

    private sealed class Piece(Change[] changes)
    {
        public Change[] Changes { get; } = changes;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
