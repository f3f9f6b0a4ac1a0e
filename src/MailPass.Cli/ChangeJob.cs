using System.Diagnostics;
using System.Globalization;
using MailPass.Changes;
using MailPass.Cli.Input;
using MailPass.Cli.Output;
using MailPass.Journals;
using MailPass.Platform;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli;

/// <summary>
/// Executes a run and delivers its rows. It ensures that a mailbox whose password changed has its row in the output: if the row
/// cannot be delivered, the change is undone.
/// </summary>
internal sealed class ChangeJob(CliConsole console, IMailboxStore store, ChangeRunOptions options, ILogger logger)
{
    // Delivered after so many rows, or when no further one comes within the time: on a disk each delivery is a flush.
    private const int RowsTogether = 2000;
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(200);

    private readonly RunTally _tally = new();
    private bool _handoverFailed;

    /// <summary>The recorded run; <see langword="null"/> if it is not recorded (a dry run, the demo).</summary>
    public OpenRun? Run { get; init; }

    /// <summary>The clipboard for the password of the one mailbox; <see langword="null"/> for the output.</summary>
    public Clipboard? Clipboard { get; init; }

    /// <summary>Whether the closing line is left to the caller.</summary>
    public bool Quiet { get; init; }

    public RunTally Tally => _tally;

    /// <param name="requests">What to change.</param>
    /// <param name="output">Where the rows go; stays the caller's.</param>
    /// <param name="cancellationToken">Stops the intake; what was committed is still delivered.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IAsyncEnumerable<ChangeRequest> requests, RowOutput<ChangeResult> output, CancellationToken cancellationToken)
    {
        var run = new ChangeRun(store, options, logger);
        await using var closing = run.ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var fault = Clipboard is not null
            ? await DeliverAsync(run, requests, output, stop, RunProgress.None).ConfigureAwait(false)
            : await RunProgress.ShowAsync(console, () => (requests as CountedRequests)?.Total, progress => DeliverAsync(run, requests, output, stop, progress))
                .ConfigureAwait(false);
        if (fault is not null && _tally.Total == 0)
        {
            // The next call, with the name spelt right, must not stumble over an empty file.
            output.Remove();
        }
        else
        {
            output.Complete();
        }

        var deliveredAll = output.Fault is null || await TakeBackAsync(run, output).ConfigureAwait(false);
        var wentThrough = fault is null && output.Fault is null && !cancellationToken.IsCancellationRequested;
        fault = EndRun(wentThrough, deliveredAll, run.StillOpen) ?? fault;
        return Conclude(fault, output.Fault, run.StillOpen, cancellationToken.IsCancellationRequested);
    }

    private async Task<MailPassException?> DeliverAsync(
        ChangeRun run, IAsyncEnumerable<ChangeRequest> requests, RowOutput<ChangeResult> output, CancellationTokenSource stop, RunProgress progress)
    {
        // Not cancelled: after the intake has stopped, every row of a committed change must still be delivered.
        var rows = run.ExecuteAsync(requests, stop.Token).GetAsyncEnumerator(CancellationToken.None);
        await using var closing = rows.ConfigureAwait(false);
        try
        {
            var lastDelivery = Stopwatch.GetTimestamp();
            Action onWait = OnWait;
            while (await NextAsync(rows, output, onWait).ConfigureAwait(false))
            {
                var result = rows.Current;
                _tally.Count(result);
                Run?.Summary.Count(result);
                output.Add(Clipboard is not null && result.Password is not null ? await HandOverAsync(Clipboard, result, cancellationToken: stop.Token).ConfigureAwait(false) : result);
                if (!RunFaults.IsCauseOf(result) && (result.Status is ChangeStatus.Failed || result.ErrorId is not null and not ErrorIds.Stopped))
                {
                    progress.Say(console, Sentence(result));
                }

                if (output.Pending.Count >= RowsTogether || Stopwatch.GetElapsedTime(lastDelivery) > _patience)
                {
                    output.Deliver();
                    lastDelivery = Stopwatch.GetTimestamp();
                }

                if (output.Fault is not null)
                {
                    await stop.CancelAsync().ConfigureAwait(false);
                }

                progress.Report(_tally.Total, _tally.Failed);
            }

            return null;
        }
        catch (MailPassException fault)
        {
            return fault;
        }
#pragma warning disable CA1031 // Whatever the fault, changes that were not delivered must still be undone.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return new MailPassException(ErrorIds.Unexpected, $"Something unforeseen happened: {fault.GetType().Name}: {fault.Message}", innerException: fault);
        }

        void OnWait()
        {
            progress.Report(_tally.Total, _tally.Failed, run.NextWave);
            if (output.Fault is not null)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Copies the password; the row has it no more once it is known to have arrived.</summary>
    private async Task<ChangeResult> HandOverAsync(Clipboard clipboard, ChangeResult result, CancellationToken cancellationToken)
    {
        var arrived = ClipboardHandover.Copy(clipboard, result, out var said);
        console.Say(said);
        if (arrived is null && console.CanAsk)
        {
            try
            {
                arrived = await Question.AskAsync(console, "Is it there? Otherwise the row shows it. [y/N] ", cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                arrived = false; // nobody said that it arrived
            }
        }

        _handoverFailed = arrived is false;
        return arrived is true ? result.WithoutPassword() : result;
    }

    // Rows do not lie about while the next batch is being hashed.
    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ChangeResult> rows, RowOutput<ChangeResult> output, Action onWait)
    {
        var next = rows.MoveNextAsync();
        if (next.IsCompleted)
        {
            return await next.ConfigureAwait(false);
        }

        var waiting = next.AsTask();
        while (await Task.WhenAny(waiting, Task.Delay(_patience)).ConfigureAwait(false) != waiting)
        {
            if (output.Pending.Count > 0 && output.Fault is null)
            {
                output.Deliver();
            }

            onWait();
        }

        return await waiting.ConfigureAwait(false);
    }

    /// <summary>Ends the run if every row arrived; otherwise names it and says how to resume it.</summary>
    private MailPassException? EndRun(bool wentThrough, bool deliveredAll, IReadOnlyList<string> stillOpen)
    {
        if (Run?.Id is not { } id)
        {
            return null;
        }

        if (wentThrough && deliveredAll)
        {
            try
            {
                Run.Finish(stillOpen);
                return null;
            }
            catch (MailPassException fault)
            {
                return fault;
            }
        }

        // The reader may not have read everything that the pipe accepted before it closed: one such row keeps the journal, which alone has it now.
        if (deliveredAll && _tally.Changed == 0 && Run.Discard())
        {
            return null;
        }

        console.Say($"run {id} was interrupted. Its journal has every new password: give the same command again with --resume to go on, or `mailpass recover {id}` to have them now.");
        return null;
    }

    private async Task<bool> TakeBackAsync(ChangeRun run, RowOutput<ChangeResult> output)
    {
        var undelivered = output.Pending.Where(row => row.Status is ChangeStatus.Changed).ToList();
        var left = await run.TakeBackAsync(undelivered).ConfigureAwait(false);
        _tally.CountTakenBack(undelivered.Count - left.Count);
        foreach (var result in left)
        {
            console.Say($"{result.Mailbox} keeps its new password, which could not be delivered: {result.Message}");
        }

        if (Run?.Id is null)
        {
            SaveWithoutJournal(left);
        }

        return left.Count == 0;
    }

    private void SaveWithoutJournal(IReadOnlyList<ChangeResult> left)
    {
        try
        {
            if (UndeliveredPasswords.Save(left, UndeliveredPasswords.DefaultFolder) is { } file)
            {
                console.Say($"the new passwords, which nobody else has, are in {file}, which only you can read.");
            }
        }
        catch (MailPassException fault)
        {
            console.Say(fault);
        }
    }

    private int Conclude(MailPassException? fault, IOException? outputFault, IReadOnlyList<string> stillOpen, bool stopped)
    {
        if (fault is not null)
        {
            console.Say(fault);
        }

        if (outputFault is not null)
        {
            console.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"the output cannot be written: {outputFault.Message.TrimEnd('.')}. The mailboxes whose rows could not be written have their old passwords again: {_tally.TakenBack:N0}. ({ErrorIds.OutputUnwritable})"));
        }

        // If no mailbox was processed, the fault above is enough.
        if ((!Quiet || stopped) && (fault is null || _tally.Total > 0))
        {
            console.Say((stopped ? "stopped: " : options.WhatIf ? "nothing was changed (dry run): " : string.Empty) + _tally);
            if (_tally.Changed > 0 && stillOpen is { Count: > 0 } others)
            {
                console.Say($"what a new password does not close: {string.Join(' ', others)}");
            }
        }

        return stopped ? ExitCodes.Stopped
            : fault is not null ? ExitCodes.For(fault, changedSomething: _tally.Changed > 0)
            : outputFault is not null ? ExitCodes.SomeFailed
            : _tally.NotLoggedOut > 0 ? ExitCodes.Unreachable
            : _tally.Failed > 0 || _handoverFailed ? ExitCodes.SomeFailed
            : ExitCodes.Done;
    }

    /// <summary>A row as a line on standard error.</summary>
    public static string Sentence(ChangeResult result)
    {
        var line = result.Line is { } number ? string.Create(CultureInfo.InvariantCulture, $"line {number}: ") : string.Empty;
        var mailbox = result.Message?.Contains(result.Mailbox, StringComparison.Ordinal) == true ? string.Empty : result.Mailbox + ": ";
        return $"{line}{mailbox}{result.Message} ({result.ErrorId})";
    }
}
