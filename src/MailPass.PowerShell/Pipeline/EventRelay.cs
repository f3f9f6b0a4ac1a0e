using System.Collections.Concurrent;
using System.Management.Automation;
using MailPass.Diagnostics;

namespace MailPass.PowerShell.Pipeline;

/// <summary>
/// Carries Core's log events from the threads on which they happen to the pipeline thread, the only one that may write
/// to a cmdlet's streams.
/// </summary>
internal sealed class EventRelay
{
    // A queue that is not read (the cmdlet waits for a slow store) must not fill the memory.
    private const int MostWaiting = 10_000;

    private readonly ConcurrentQueue<CoreEvent> _waiting = new();
    private int _dropped;

    /// <param name="wantsDebug">Whether debug events are wanted; they are many.</param>
    public EventRelay(bool wantsDebug) =>
        Sink = new EventSink(Receive, wantsDebug ? EventSeverity.Debug : EventSeverity.Information);

    /// <summary>The sink of Core's log.</summary>
    public EventSink Sink { get; }

    /// <summary>Writes the queued events. Only on the pipeline thread.</summary>
    /// <param name="cmdlet">Whose streams.</param>
    public void WriteTo(Cmdlet cmdlet)
    {
        while (_waiting.TryDequeue(out var happened))
        {
            switch (happened.Severity)
            {
                case EventSeverity.Debug:
                    cmdlet.WriteDebug(happened.Message);
                    break;
                case EventSeverity.Information:
                    cmdlet.WriteVerbose(happened.Message);
                    break;
                default:
                    cmdlet.WriteWarning(happened.Message);
                    break;
            }
        }

        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            cmdlet.WriteDebug($"{dropped} more events came faster than they could be shown.");
        }
    }

    private void Receive(CoreEvent happened)
    {
        if (_waiting.Count < MostWaiting)
        {
            _waiting.Enqueue(happened);
        }
        else
        {
            Interlocked.Increment(ref _dropped);
        }
    }
}
