using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Journals;
using MailPass.Platform;
using MailPass.Profiles;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>Options of a run's journal, and for resuming an interrupted run.</summary>
internal sealed class JournalOptions
{
    private readonly Option<string?> _journal = new("--journal") { Description = "The run's journal. A file in your state folder by default (`mailpass runs`)." };
    private readonly Option<bool> _noJournal = new("--no-journal") { Description = "Keep no journal: a killed run then loses the passwords that it just wrote." };
    private readonly Option<string[]> _recipient = new("--recipient") { Hidden = true, Description = "Seal the journal's passwords to this certificate (PEM or DER), so that only its private key opens them. Repeatable." };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why the run is done. The journal and the report show it." };
    private readonly Option<bool> _allowConcurrent = new("--allow-concurrent") { Hidden = true, Description = "Start even if another run is changing the same mailboxes." };
    private readonly Option<string?>? _resume;
    private readonly KeyOptions? _key;
    private readonly bool _ofReplay;

    /// <param name="command">The command.</param>
    /// <param name="ofReplay">Whether --journal names the run to read, so that the new journal is always in the state folder.</param>
    public JournalOptions(Command command, bool ofReplay = false)
    {
        _ofReplay = ofReplay;
        if (!ofReplay)
        {
            command.Options.Add(_journal);
        }

        command.Options.Add(_noJournal);
        command.Options.Add(_recipient);
        command.Options.Add(_reason);
        command.Options.Add(_allowConcurrent);
        if (!ofReplay)
        {
            _resume = new Option<string?>("--resume")
            {
                Description = "Resume the interrupted run of this command, or of this id; start anew without one.",
                Arity = ArgumentArity.ZeroOrOne,
            };
            command.Options.Add(_resume);
            _key = new KeyOptions(command, isRare: true);
        }

        command.Validators.Add(result =>
        {
            if (!ofReplay && result.GetResult(_journal) is not null && result.GetResult(_noJournal) is not null)
            {
                result.AddError("--journal and --no-journal contradict each other.");
            }
        });
    }

    /// <summary>Begins a run, or resumes one.</summary>
    /// <param name="call">The call.</param>
    /// <param name="site">The site.</param>
    /// <param name="store">The store that is written to.</param>
    /// <param name="command">What is done.</param>
    /// <param name="scope">To which mailboxes.</param>
    /// <param name="output">The file that the rows go to; <see langword="null"/> for standard output.</param>
    /// <param name="console">For the environment and messages.</param>
    /// <param name="forceChange">Whether each person must choose another password at the next login.</param>
    /// <param name="certificates">Private keys that may open the key of the run to be resumed.</param>
    /// <returns>The run; <see langword="null"/> if the one to be resumed was delivered already.</returns>
    /// <exception cref="MailPassException">The run cannot begin.</exception>
    public OpenRun? Begin(ParseResult call, SiteProfile site, StoreInfo store, string command, RunScope scope, string? output, CliConsole console, bool forceChange = false, X509Certificate2Collection? certificates = null)
    {
        var resumes = Resumes(call);
        var description = new RunDescription
        {
            Command = command,
            Scope = scope,
            Reason = call.GetValue(_reason),
            ForceChange = forceChange,
            Head = "mailpass",
            Output = output is null || FileTarget.IsDevice(output) ? null : Path.GetFullPath(output),
        };
        var run = site.Runs(console.Environment).Begin(store, description, new RunOptions
        {
            Journal = _ofReplay ? null : call.GetValue(_journal),
            WithoutJournal = call.GetValue(_noJournal),
            Recipients = [.. (call.GetValue(_recipient) is { Length: > 0 } recipients ? recipients : site.Journal?.Recipients ?? []).Select(Certificates.Load)],
            Certificates = certificates,
            AllowConcurrent = call.GetValue(_allowConcurrent),
            Resume = resumes,
            ResumeRun = resumes ? call.GetValue(_resume!) : null,
        });
        if (run is null)
        {
            console.Say($"every row of run {call.GetValue(_resume!)} was delivered; nothing is left to do.");
        }
        else if (run.Resumed is { } before)
        {
            console.Say($"going on with run {before.Run}.");
        }

        return run;
    }

    /// <summary>Executes a run of changes and delivers its rows.</summary>
    /// <param name="call">The call.</param>
    /// <param name="site">The site.</param>
    /// <param name="store">The store.</param>
    /// <param name="options">The run's options; a dry run keeps no journal.</param>
    /// <param name="command">What is done.</param>
    /// <param name="scope">To which mailboxes.</param>
    /// <param name="requests">What to change.</param>
    /// <param name="output">Where the rows go.</param>
    /// <param name="console">The console.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Stops the intake.</param>
    /// <param name="clipboard">The clipboard for the password of the one mailbox; <see langword="null"/> for the rows.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(
        ParseResult call,
        SiteProfile site,
        IMailboxStore store,
        ChangeRunOptions options,
        string command,
        RunScope scope,
        IAsyncEnumerable<ChangeRequest> requests,
        OutputOptions output,
        CliConsole console,
        ILogger logger,
        CancellationToken cancellationToken,
        Clipboard? clipboard = null)
    {
        output.CheckFile(call, Resumes(call));
        var certificates = Resumes(call) && !options.WhatIf ? await _key!.LoadAsync(call, console, cancellationToken).ConfigureAwait(false) : null;
        using var run = options.WhatIf ? null : Begin(call, site, store.Info, command, scope, output.FileOf(call), console, options.ForceChange, certificates);
        if (run is null && !options.WhatIf)
        {
            return ExitCodes.Done;
        }

        using var rows = output.Open(call, ResultColumns.All, console, static row => row.Password?.Dispose(), run?.Resumed?.Output);
        var job = new ChangeJob(console, store, options with { Journal = run?.Journal, Recorded = run?.Recorded }, logger) { Run = run, Clipboard = clipboard };
        return await job.RunAsync(requests, rows, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the call wants to resume a run.</summary>
    public bool Resumes(ParseResult call) => _resume is not null && call.GetResult(_resume) is not null;
}
