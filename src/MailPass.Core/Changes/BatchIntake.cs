using System.Runtime.CompilerServices;

namespace MailPass.Changes;

/// <summary>
/// Gathers requests into batches. A batch is sent on when it is full or when the source pauses, so that a slow source (a person
/// at a prompt, a pipeline with work of its own) gets its results at once. While an earlier batch still waits for its turn, a
/// batch is filled further instead of waiting behind it.
/// </summary>
/// <param name="source">The requests.</param>
/// <param name="sizer">The size of a batch.</param>
/// <param name="isAwaited">Whether the next stage would take a batch at once.</param>
/// <param name="waveSize">The size of a wave; no batch belongs to two waves.</param>
internal sealed class BatchIntake(IAsyncEnumerable<ChangeRequest> source, BatchSizer sizer, Func<bool> isAwaited, int? waveSize = null)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private int _inWave;

    /// <summary>The fault that ended the source early, if any; the requests before it were processed.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Reads until the source ends, fails or the token is cancelled; never throws for any of these.</summary>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(() => stopped.TrySetResult()).ConfigureAwait(false);
        var requests = source.GetAsyncEnumerator(cancellationToken);
        var gathered = new List<Change>();
        Task<bool>? next = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            next ??= Next(requests);
            if (!next.IsCompleted)
            {
                await WaitAsync(next, stopped.Task, gathered.Count > 0 ? _pause : Timeout.InfiniteTimeSpan).ConfigureAwait(false);
                if (!next.IsCompleted)
                {
                    if (gathered.Count > 0 && isAwaited())
                    {
                        yield return Take(ref gathered);
                    }

                    continue;
                }
            }

            if (!await SucceededAsync(next).ConfigureAwait(false))
            {
                break;
            }

            gathered.Add(new Change(requests.Current));
            next = null;
            if (gathered.Count >= Math.Min(sizer.Current, (waveSize ?? int.MaxValue) - _inWave))
            {
                yield return Take(ref gathered);
            }
        }

        if (gathered.Count > 0)
        {
            yield return Take(ref gathered);
        }

        Release(requests, next);
    }

    private static Task<bool> Next(IAsyncEnumerator<ChangeRequest> requests)
    {
        try
        {
            return requests.MoveNextAsync().AsTask();
        }
        catch (Exception fault)
        {
            return Task.FromException<bool>(fault);
        }
    }

    private static async Task WaitAsync(Task next, Task stopped, TimeSpan pause)
    {
        using var timer = new CancellationTokenSource();
        await Task.WhenAny(next, stopped, Task.Delay(pause, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
    }

    private async Task<bool> SucceededAsync(Task<bool> next)
    {
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception fault)
        {
            Fault = fault;
            return false;
        }
    }

    private ChangeBatch Take(ref List<Change> gathered)
    {
        var batch = new ChangeBatch(gathered) { BeginsWave = waveSize is not null && _inWave == 0 };
        _inWave = waveSize is { } size && _inWave + gathered.Count < size ? _inWave + gathered.Count : 0;
        gathered = new List<Change>(gathered.Count);
        return batch;
    }

    /// <summary>
    /// Disposes of the source. If it still waits for a row (a read from standard input cannot be cancelled), it is disposed of when that
    /// row comes, and the run does not wait for it.
    /// </summary>
    private static void Release(IAsyncEnumerator<ChangeRequest> requests, Task<bool>? next)
    {
        _ = DisposeAsync();

        async Task DisposeAsync()
        {
            try
            {
                if (next is not null)
                {
                    await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                await requests.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The run has its results; a source that cannot be closed does not change them.
            }
        }
    }
}
