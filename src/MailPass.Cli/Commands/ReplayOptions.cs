using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Profiles;
using MailPass.Sessions;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>A run, the store that it wrote to, and the selected mailboxes.</summary>
internal sealed class ReplayOptions
{
    private const int RowsTogether = 1000;

    private readonly Argument<string?> _run = new("run") { Description = "The run: its id (`mailpass runs` lists them) or its journal.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _journal = new("--journal") { Description = "The run's journal, instead of its id." };
    private readonly Option<string[]> _mailbox = new("--mailbox", "-m") { Description = "Only this mailbox. Repeatable." };
    private readonly Option<bool> _salvage = new("--salvage") { Description = "Use the intact lines of a damaged journal." };
    private readonly KeyOptions? _key;

    public ReplayOptions(CliCommand command, bool tellsPasswords)
    {
        Store = new StoreOptions(command) { TellsInterrupted = false };
        StoreNames.CompleteMailboxes(_mailbox, Store, command.Terminal);
        command.Arguments.Add(_run);
        command.Options.Add(_journal);
        command.Options.Add(_mailbox);
        command.Options.Add(_salvage);
        _key = tellsPasswords ? new KeyOptions(command, isRare: false) : null;
        command.Validators.Add(result =>
        {
            if ((result.GetResult(_journal) is null) == (result.GetValue(_run) is null))
            {
                result.AddError("name the run: its id, or its journal with --journal.");
            }
        });
    }

    public StoreOptions Store { get; }

    /// <summary>The run that the call names.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.RunNotFound"/>, <see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public MailboxRun Find(ParseResult call, SiteProfile site, CliConsole console) =>
        site.Runs(console.Environment).Find(call.GetValue(_journal) is { } file ? Path.GetFullPath(file) : call.GetValue(_run)!);

    /// <summary>Goes through the run and writes a row for each change.</summary>
    /// <param name="call">The call.</param>
    /// <param name="site">The site.</param>
    /// <param name="output">Where the rows go.</param>
    /// <param name="systems">The systems whose copies of passwords are put back.</param>
    /// <param name="begin">Begins a run for the changes; <see langword="null"/> if nothing is changed.</param>
    /// <param name="replay">What is done.</param>
    /// <param name="console">The console.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> ReplayAsync(
        ParseResult call,
        Site site,
        OutputOptions output,
        IReadOnlyList<ISessionAuthority> systems,
        Func<StoreInfo, MailboxRun, OpenRun?>? begin,
        Func<JournalReplay, IAsyncEnumerable<ChangeResult>> replay,
        CliConsole console,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var only = call.GetValue(_mailbox) is { Length: > 0 } mailboxes ? Array.ConvertAll(mailboxes, MailboxAddress.Parse).ToHashSet() : null;
        var run = Find(call, site.Profile, console);
        var store = await Store.OpenAsync(site, console, logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        if (!run.Header.IsOn(store.Info))
        {
            console.Say($"the run was on {run.Header.Store}; a mailbox whose password this store does not know is left as it is.");
        }

        if (run.RestoredBy is not null || run.State is RunState.Restored)
        {
            console.Say($"run {run.Id} was undone already{(run.RestoredBy is { } by ? $" by run {by}" : string.Empty)}.");
        }

        output.CheckFile(call, mayReplace: false);
        var journal = new JournalReplay(store, run.Journal)
        {
            Only = only,
            SessionAuthorities = systems,
            Salvage = call.GetValue(_salvage),
            Certificates = _key is null ? null : await _key.LoadAsync(call, console, cancellationToken).ConfigureAwait(false),
            LastDigest = run.LastDigest,
        };
        await journal.OpenAsync(cancellationToken).ConfigureAwait(false);

        // A damaged journal ends the call before anything is begun.
        using var open = begin?.Invoke(store.Info, run);
        journal.Journal = open?.Journal;
        if (begin is null)
        {
            foreach (var remark in journal.Remarks)
            {
                console.Say(remark);
            }
        }

        using var rows = output.Open(call, ResultColumns.All, console, static row => row.Password?.Dispose());
        var (exitCode, wentThrough) = await RunProgress.ShowAsync(console, () => journal.Total, progress => WriteAsync(replay(journal), rows, open, progress, console, cancellationToken)).ConfigureAwait(false);
        if (open is not null && !wentThrough && open.Summary.Changed == 0)
        {
            open.Discard();
        }
        else if (open is not null && wentThrough)
        {
            open.Finish();
            if (only is null && open.Summary.Changed > 0)
            {
                site.Profile.Runs(console.Environment).NoteRestored(run, open.Id);
            }
        }

        return exitCode is ExitCodes.Done && begin is null && !journal.HasPasswords && run.Header.Command is "reset" ? ExitCodes.SomeFailed : exitCode;
    }

    private static async Task<(int ExitCode, bool WentThrough)> WriteAsync(
        IAsyncEnumerable<ChangeResult> rows, RowOutput<ChangeResult> output, OpenRun? run, RunProgress progress, CliConsole console, CancellationToken cancellationToken)
    {
        var tally = new RunTally { NotLoggedOutMeans = "changed while a webmail keeps another password" };
        MailPassException? fault = null;
        var stopped = false;
        try
        {
            await foreach (var row in rows.ConfigureAwait(false))
            {
                tally.Count(row);
                run?.Summary.Count(row);
                output.Add(row);
                if (!RunFaults.IsCauseOf(row) && (row.Status is ChangeStatus.Failed || (row.Status is ChangeStatus.Changed && row.ErrorId is not null)))
                {
                    progress.Say(console, ChangeJob.Sentence(row));
                }

                if (output.Pending.Count >= RowsTogether && !output.Deliver())
                {
                    break;
                }

                progress.Report(tally.Total, tally.Failed);
            }
        }
        catch (MailPassException thrown)
        {
            fault = thrown;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            stopped = true;
        }

        // Everything that was done has its rows, whatever ended the command.
        if (fault is not null && tally.Total == 0)
        {
            output.Remove();
        }
        else
        {
            output.Complete();
        }

        if (fault is not null)
        {
            progress.Say(console, CliConsole.Sentence(fault));
        }

        if (fault is null || tally.Total > 0)
        {
            progress.Say(console, (stopped ? "stopped: " : string.Empty) + tally);
        }

        var exitCode = output.Fault is not null ? output.Conclude(console)
            : stopped ? ExitCodes.Stopped
            : fault is not null ? ExitCodes.For(fault, changedSomething: tally.Changed > 0)
            : tally.NotLoggedOut > 0 ? ExitCodes.Unreachable
            : tally.Failed > 0 ? ExitCodes.SomeFailed
            : ExitCodes.Done;
        return (exitCode, fault is null && !stopped && output.Fault is null);
    }
}
