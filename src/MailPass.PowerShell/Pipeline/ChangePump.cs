using System.Threading.Channels;
using MailPass.Changes;

namespace MailPass.PowerShell.Pipeline;

/// <summary>Takes a result.</summary>
/// <param name="result">The result.</param>
/// <param name="isTaken">Set as soon as somebody has it, whatever is thrown afterwards.</param>
internal delegate void DeliverResult(ChangeResult result, ref bool isTaken);

/// <summary>
/// Joins the pipeline, which pushes one input at a time on its own thread, to a run, which pulls its inputs and works on
/// many at once. Everything here happens on the pipeline thread; the run's threads never see the cmdlet.
/// </summary>
/// <remarks>
/// Results come in the inputs' order. If the pipeline ends early, changes whose results were not delivered are undone: the mailbox
/// gets its old hash again, because nobody has the new password.
/// </remarks>
internal sealed class ChangePump : IDisposable
{
    // Enough for the run's next batch, and few enough to stop soon.
    private const int MostWaiting = 8192;

    private readonly ChangeRun _run;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<ChangeRequest> _requests = Channel.CreateBounded<ChangeRequest>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, SingleWriter = true });

    private readonly IAsyncEnumerator<ChangeResult> _results;
    private readonly List<ChangeResult> _undelivered = [];
    private Task<bool>? _next;
    private bool _ended;
    private bool _disposed;

    /// <param name="run">The run, not begun yet; the pump disposes of it.</param>
    /// <param name="stopToken">Ctrl+C.</param>
    public ChangePump(ChangeRun run, CancellationToken stopToken)
    {
        _run = run;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stopToken);
        _results = run.ExecuteAsync(_requests.Reader.ReadAllAsync(CancellationToken.None), _stop.Token).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>Changes that could not be undone although their rows never reached the pipeline.</summary>
    public IReadOnlyList<ChangeResult> LeftBehind { get; private set; } = [];

    /// <summary>The ways into the mailboxes that neither the new passwords nor the run closed.</summary>
    public IReadOnlyList<string> StillOpen => _run.StillOpen;

    /// <summary>When the next wave begins, while the run waits for it.</summary>
    public DateTimeOffset? NextWave => _run.NextWave;

    /// <summary>How many changes were taken back.</summary>
    public int TakenBack { get; private set; }

    /// <summary>Passes a request to the run; if the run has enough, delivers results until there is room.</summary>
    /// <param name="request">The request.</param>
    /// <param name="deliver">Takes each result that is ready.</param>
    /// <param name="onWait">Called now and then while there is no room.</param>
    public void Enqueue(ChangeRequest request, DeliverResult deliver, Action? onWait = null)
    {
        Drain(deliver);
        while (!_requests.Writer.TryWrite(request))
        {
            var room = _requests.Writer.WaitToWriteAsync(_stop.Token);
            if (!room.IsCompleted)
            {
                _ = Task.WaitAny([room.AsTask(), Next()], 200, _stop.Token);
                onWait?.Invoke();
            }

            Drain(deliver);
            _stop.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Delivers the results that are ready, without waiting.</summary>
    public void Drain(DeliverResult deliver)
    {
        while (!_ended && TryTakeReady(out var result))
        {
            Deliver(result, deliver);
        }
    }

    /// <summary>Ends the run's input, waits for the remaining results and delivers them.</summary>
    /// <param name="deliver">Takes each result.</param>
    /// <param name="onWait">Called now and then while nothing is ready.</param>
    public void Complete(DeliverResult deliver, Action onWait)
    {
        _requests.Writer.TryComplete();
        while (!_ended)
        {
            Drain(deliver);
            if (!_ended)
            {
                // Woken by the next result; the pause is for progress and for events that come with no result.
                _ = Task.WaitAny([Next()], 200, _stop.Token);
                onWait();
            }
        }
    }

    /// <summary>Stops the run and reads the committed changes, for callers that keep them although no rows were requested.</summary>
    /// <param name="count">Takes each result.</param>
    /// <exception cref="MailPassException">The store went away.</exception>
    public void Stop(DeliverResult count)
    {
        _stop.Cancel();
        _requests.Writer.TryComplete();
        while (!_ended)
        {
            _ = Task.WaitAny(Next());
            Drain(count);
        }
    }

    /// <summary>Stops the run if it is still working, and undoes changes whose results reached nobody.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _stop.Cancel();
        _requests.Writer.TryComplete();
        DisposeAsync().GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task DisposeAsync()
    {
        try
        {
            // Committed changes are read first; an iterator must not be disposed of while it is advanced.
            while (!_ended && await Next().ConfigureAwait(false))
            {
                _next = null;
                _undelivered.Add(_results.Current);
            }
        }
        catch (MailPassException)
        {
            // The store was lost; the code below reports which changes stay.
        }

        await _results.DisposeAsync().ConfigureAwait(false);
        var committed = _undelivered.Count(result => result.Status is ChangeStatus.Changed);
        LeftBehind = committed == 0 ? [] : await _run.TakeBackAsync(_undelivered).ConfigureAwait(false);
        TakenBack = committed - LeftBehind.Count;

        // What is left behind is another result with the same password.
        var kept = LeftBehind.Select(left => left.Password).ToHashSet<object?>(ReferenceEqualityComparer.Instance);
        foreach (var result in _undelivered.Where(result => !kept.Contains(result.Password)))
        {
            result.Password?.Dispose();
        }

        await _run.DisposeAsync().ConfigureAwait(false);
    }

    private void Deliver(ChangeResult result, DeliverResult deliver)
    {
        var isTaken = false;
        try
        {
            deliver(result, ref isTaken);
        }
        finally
        {
            if (!isTaken)
            {
                _undelivered.Add(result);
            }
        }
    }

    private bool TryTakeReady(out ChangeResult result)
    {
        var next = _next;
        _next = null;
        bool any;
        if (next is null)
        {
            var move = _results.MoveNextAsync();
            if (!move.IsCompleted)
            {
                _next = move.AsTask();
                result = null!;
                return false;
            }

            any = move.GetAwaiter().GetResult();
        }
        else if (next.IsCompleted)
        {
            any = next.GetAwaiter().GetResult();
        }
        else
        {
            _next = next;
            result = null!;
            return false;
        }

        _ended = !any;
        result = any ? _results.Current : null!;
        return any;
    }

    private Task<bool> Next() => _next ??= _results.MoveNextAsync().AsTask();
}
