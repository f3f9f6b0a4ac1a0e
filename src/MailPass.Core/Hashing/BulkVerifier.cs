using System.Diagnostics;

namespace MailPass.Hashing;

/// <summary>
/// Verifies many passwords on all cores. Each core takes a few similar ones at a time, with which <see cref="BatchVerifier"/> is
/// fastest. Their number depends on how long the last ones took, and is kept for the next call. One instance is for one caller.
/// </summary>
public sealed class BulkVerifier
{
    private readonly PieceSize _size = new();

    /// <summary>Reports for every job whether the password is the one that was hashed.</summary>
    /// <param name="batch">The jobs, in any mixture.</param>
    /// <param name="cancellationToken">Stops within a second, whatever the hashes cost.</param>
    /// <returns>The answers in the jobs' order. How long they take says nothing about which byte differs.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public bool[] Verify(IReadOnlyList<VerifyJob> batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);

        // Sorted, because only equal lengths share lanes.
        var order = Enumerable.Range(0, batch.Count)
            .OrderBy(i => batch[i].Hash.Settings.Scheme, StringComparer.Ordinal).ThenBy(i => batch[i].Password.Length).ToArray();
        var cores = Environment.ProcessorCount;

        // At least two pieces per core, so that no core waits long for the last piece.
        var largest = Math.Max(1, (order.Length + (2 * cores) - 1) / (2 * cores));
        var answers = new bool[order.Length];
        var next = 0;
        Parallel.For(0, Math.Min(cores, order.Length), new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = cores }, _ =>
        {
            while (!cancellationToken.IsCancellationRequested && Take() is { Count: > 0 } piece)
            {
                var started = Stopwatch.GetTimestamp();
                var fits = BatchVerifier.Verify([.. piece.Select(i => batch[i])], cancellationToken);
                _size.Learn(piece.Count, Stopwatch.GetElapsedTime(started));
                for (var i = 0; i < fits.Length; i++)
                {
                    answers[piece[i]] = fits[i];
                }
            }
        });
        cancellationToken.ThrowIfCancellationRequested();
        return answers;

        ArraySegment<int> Take()
        {
            lock (order)
            {
                var piece = new ArraySegment<int>(order, next, Math.Min(Math.Min(_size.Current, largest), order.Length - next));
                next += piece.Count;
                return piece;
            }
        }
    }
}
