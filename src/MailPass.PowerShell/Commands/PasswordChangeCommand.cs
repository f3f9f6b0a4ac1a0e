using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Generation;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;
using MailPass.PowerShell.Pipeline;
using MailPass.Rows;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Logins;

namespace MailPass.PowerShell.Commands;

/// <summary>The common base of Set and Reset: mailboxes go into one run, and rows and error records are written in their order.</summary>
public abstract class PasswordChangeCommand : MailStoreCommand
{
    private ChangeRunOptions? _options;
    private ChangePump? _pump;
    private Downstream? _downstream;
    private ProgressMeter? _progress;
    private Queue<(long After, PasswordChange Row)>? _declined;
    private long? _expected;
    private OpenRun? _run;
    private bool _isOver;
    private bool _saidInterrupted;
    private long _inputs;
    private long _enqueued;
    private long _finished;
    private long _changed;
    private long _failed;
    private bool _complete;
    private MailPass.Platform.Clipboard? _clipboard;
    private ChangeRequest? _held;

    // Kept as a number: a field of one of Core's enums would need Core before PowerShell has called ModuleLifetime.
    private int _style;

    /// <summary>The scheme for the new hashes; left out, each mailbox keeps its own.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SchemeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Scheme { get; set; }

    /// <summary>The scheme's cost (rounds, log₂ rounds, iterations, passes); left out, the scheme's own default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Cost { get; set; }

    /// <summary>Allows a scheme that some readers of the store, such as the mail system's own pages, cannot verify.</summary>
    [Parameter]
    public SwitchParameter AllowAnyScheme { get; set; }

    /// <summary>The most memory for the hashes that are computed at one time (<c>512MB</c>; a number is bytes); left out, a quarter of the machine's.</summary>
    [Parameter]
    [MemorySizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long? MaxMemory { get; set; }

    /// <summary>The run's journal; left out, a file in this account's state folder (Get-MailboxPasswordRun lists them).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Journal { get; set; }

    /// <summary>Keeps no journal: if the pipeline or the process ends early, passwords that were just written can be lost.</summary>
    [Parameter]
    public SwitchParameter NoJournal { get; set; }

    /// <summary>Certificate files to seal the journal's passwords to, so that only their private keys open them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Recipient { get; set; }

    /// <summary>Why the run is done; the journal and the report show it.</summary>
    [Parameter]
    public string? Reason { get; set; }

    /// <summary>Begins even if another run that may touch the same mailboxes is under way.</summary>
    [Parameter]
    public SwitchParameter AllowConcurrent { get; set; }

    /// <summary>Resumes the interrupted run of the same call; if there is none, begins a new run.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>With -Resume: the run to resume, by its id.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Run { get; set; }

    /// <summary>With -Resume: a recipient's certificate with its private key, for a run with -Recipient.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>Logs the first so many changed mailboxes in with their new passwords before any other is written; needs -LoginServer, or a profile with login servers, where 1 is the default for more than one mailbox. 0 for none.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int? Canary { get; set; }

    /// <summary>Where -Canary logs in: imap://host[:port], imaps://, submission:// or smtps://; left out, the profile's login servers.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LoginServer { get; set; }

    /// <summary>Stops once more mailboxes than that have failed: 20, or 5%.</summary>
    [Parameter]
    [FailureLimitTransformation]
    public FailureLimit? MaxFailure { get; set; }

    /// <summary>Changes so many mailboxes at a time, with -WaveDelay between.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? WaveSize { get; set; }

    /// <summary>How long to wait between two waves: 30s, 10m or 1h.</summary>
    [Parameter]
    [LengthOfTimeTransformation]
    public TimeSpan WaveDelay { get; set; }

    /// <summary>Keeps the password that somebody else sets while the run is under way, instead of replacing it.</summary>
    [Parameter]
    public SwitchParameter KeepNewer { get; set; }

    /// <summary>Only this part of the mailboxes, if several hosts share a run: <c>3/8</c> is the third of eight.</summary>
    [Parameter]
    [ShardTransformation]
    public Shard? Shard { get; set; }

    /// <summary>Leaves these mailboxes alone: addresses, patterns with <c>*</c> and <c>?</c>, or a file of both.</summary>
    [Parameter]
    [MailboxTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Exclude { get; set; }

    /// <summary>Makes each person choose another password at the next login, if the mail system supports that.</summary>
    [Parameter]
    public SwitchParameter ForceChange { get; set; }

    /// <summary>Also logs each mailbox out of every session system that the store was connected with.</summary>
    [Parameter]
    public SwitchParameter RevokeSession { get; set; }

    /// <summary>With <see cref="RevokeSession"/>: app passwords and OAuth tokens end too.</summary>
    [Parameter]
    public SwitchParameter IncludeAppPassword { get; set; }

    /// <summary>The policy: a hashtable or a file; left out, that of the connected store.</summary>
    [Parameter]
    [PolicyTransformation]
    public PasswordPolicy? Policy { get; set; }

    /// <summary>The length of generated passwords in characters; 16, or as near to it as the policy allows.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Length { get; set; }

    /// <summary>The style of generated passwords.</summary>
    [Parameter]
    public PasswordStyle Style
    {
        get => (PasswordStyle)_style;
        set => _style = (int)value;
    }

    /// <summary>With -Style Words: how many words; five, or as many as the length asks for.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? WordCount { get; set; }

    /// <summary>Allows characters that look alike.</summary>
    [Parameter]
    public SwitchParameter AllowLookAlikes { get; set; }

    /// <summary>Characters that never occur.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExcludeCharacters { get; set; }

    /// <summary>Copies the new password of one mailbox to the clipboard: the desktop's, or over SSH the terminal's.</summary>
    [Parameter]
    public SwitchParameter Clipboard { get; set; }

    /// <summary>Asks nothing. <c>-WhatIf</c> and an explicit <c>-Confirm</c> still count.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The action on a mailbox, for confirmations.</summary>
    private protected abstract string ActionName { get; }

    /// <summary>Whether rows are written at all.</summary>
    private protected abstract bool EmitsRows { get; }

    /// <summary>Whether passwords in rows are text.</summary>
    private protected abstract bool PlainTextRows { get; }

    /// <summary>Whether passwords are generated.</summary>
    private protected abstract bool Generates { get; }

    /// <summary>How many mailboxes the call itself names, if that is known.</summary>
    private protected abstract long? Total { get; }

    /// <summary>Whether the following mailboxes are confirmed already.</summary>
    private protected bool IsConfirmed { get; private set; }

    // The number of mailboxes from the pipeline is known only at its end.
    private bool IsMany => MyInvocation.ExpectingInput || ScopeOfCall is { Kind: RunScopeKind.Domain or RunScopeKind.Pipeline } or { Names.Count: > 1 };

    private protected abstract ChangeRunOptions ConfigureRun(ChangeRunOptions options);

    /// <summary>The command's name in the journal.</summary>
    private protected abstract string JournalName { get; }

    /// <summary>Which mailboxes the call means, as far as that is known before the first of them.</summary>
    private protected abstract RunScope ScopeOfCall { get; }

    private RunScope ScopeOfJournal => Exclusions.IsEmpty ? ScopeOfCall : ScopeOfCall with { Except = Exclusions.Names };

    /// <summary>The action on a mailbox, for the store's scope.</summary>
    // Its name and not its value: for a value type in the signature of what is overridden, Windows' runtime asks for Core when
    // it loads the cmdlet, before the module's initializer has said where Core is.
    private protected abstract string KindName { get; }

    private MailboxActions Kind => Enum.Parse<MailboxActions>(KindName);

    /// <summary>The mailboxes that are left alone.</summary>
    private protected Exclusions Exclusions { get; private set; } = Exclusions.None;

    private protected override void Begin() => Exclusions = ReadExclusions(Exclude, Kind);

    private protected override void End()
    {
        if (_held is { } held)
        {
            _held = null;
            Take(held);
        }

        if (_pump is not null)
        {
            _pump.Complete(Deliver, ShowProgress);
        }

        WriteDeclined(long.MaxValue);
        WriteEvents();
        if (_changed > 0 && _pump is not null && Connection.TakeOtherCredentials(_pump.StillOpen) is { } others)
        {
            WriteWarning(others);
        }

        if (Exclusions.Summary is { } excluded)
        {
            Say(excluded);
        }

        _progress?.Complete(this);
        _complete = true;
    }

    /// <summary>Asks once for confirmation of all mailboxes of a selection.</summary>
    /// <param name="selection">The domain, or a pattern of domains.</param>
    private protected bool Confirms(DomainSelection selection)
    {
        // Before the confirmation, so that the user is not asked in vain.
        _options ??= Prepare();
        return IsConfirmed = ConfirmsSelection(selection, Exclusions, Shard, Action, Force);
    }

    /// <summary>The action on a mailbox, including the sessions that end.</summary>
    private string Action => _options?.SessionAuthorities is not { Count: > 0 } systems
        ? ActionName
        : $"{ActionName} and end its sessions in {string.Join(", ", systems.Select(system => system.Name))}{(IncludeAppPassword ? ", app passwords and tokens too" : string.Empty)}";

    /// <summary>Takes one mailbox in.</summary>
    /// <param name="request">The request.</param>
    private protected void Submit(ChangeRequest request)
    {
        if (!Clipboard)
        {
            Take(request);
            return;
        }

        // Only at the end of the input is it known that there is one mailbox.
        if (_held is not null)
        {
            Drop(request);
            Drop(_held);
            _held = null;
            throw new MailPassException(ErrorIds.InputInvalid, "-Clipboard takes the password of one mailbox, and more were given. Nothing was changed.", "Leave -Clipboard out.");
        }

        _held = request;
    }

    private void Take(ChangeRequest request)
    {
        if (_isOver || Shard?.Contains(request.Identity) == false || Exclusions.Excludes(request.Identity))
        {
            Drop(request);
            return;
        }

        // Before the confirmation, so that the user is not asked in vain.
        _options ??= Prepare();
        if (request.Fault is null && !IsConfirmed && !IsWhatIf && Connection.Info.Scope.Refusal(request.Identity, request.Action) is null && !ConfirmsMailbox(request.Identity, Action, Force))
        {
            Drop(request);
            Decline(request);
            return;
        }

        _pump ??= StartPump(_options);
        if (_pump is null)
        {
            Drop(request);
            return;
        }

        _enqueued++;
        _pump.Enqueue(request, Deliver, ShowProgress);
        WriteEvents();
        ShowProgress();
    }

    /// <summary>The line of the current input, to be read once for each input; <see langword="null"/> for mailboxes on the command line.</summary>
    /// <param name="row">The row, if there is one.</param>
    private protected long? NextLine(InputRow? row)
    {
        _inputs++;
        _expected = row?.ExpectedRows ?? _expected;
        return MyInvocation.ExpectingInput ? row?.LineOf(_inputs) ?? _inputs : null;
    }

    /// <summary>The run's options; finds every fault that would end the run.</summary>
    private ChangeRunOptions Prepare()
    {
        if (EmitsRows && Generates && !PlainTextRows && Recipient is null && !IsWhatIf && Downstream.LosesSecureStrings(this))
        {
            throw new MailPassException(
                ErrorIds.InputInvalid,
                "Each password is a SecureString, which Export-Csv, ConvertTo-Csv and ConvertTo-Json cannot write. Nothing was changed.",
                "Add -AsPlainText, or choose columns with Select-Object before them.");
        }

        if (IncludeAppPassword && !RevokeSession)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-IncludeAppPassword says what -RevokeSession is to end, and that was not given.", "Add -RevokeSession.");
        }

        IReadOnlyList<LoginProbe> servers = LoginServer is not null ? [LoginProbe.At(LoginServer)] : Connection.Site.Login?.Probes() ?? [];
        var canaries = LoginServer is not null ? Canary ?? 0 : Connection.Site.CanaryCount(Canary, IsMany);
        if (canaries > 0 && servers.Count == 0)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-Canary was given without a server to log in to.", "Add -LoginServer imap://host, or connect with a profile that has login servers.");
        }

        if (Canary is null && canaries > 0 && !IsWhatIf)
        {
            WriteInformation(new HostInformationMessage { Message = $"The first changed mailbox logs in at {string.Join(" and ", servers.Select(server => server.Server))} before any other is written; -Canary 0 does without." }, ["PSHOST"]);
        }

        if (Clipboard && !Generates)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-Clipboard takes a generated password.", "Add -Generate.");
        }

        string[] looks = [nameof(Length), nameof(Style), nameof(WordCount), nameof(AllowLookAlikes), nameof(ExcludeCharacters)];
        if (!Generates && Array.Find(looks, MyInvocation.BoundParameters.ContainsKey) is { } needless)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"-{needless} says how generated passwords look, and -Generate was not given.", "Add -Generate.");
        }

        var policies = Policy is null ? Connection.Policies : new DomainPolicies(Policy);
        _clipboard = Clipboard && !IsWhatIf ? MailPass.Platform.Clipboard.Find() : null;
        var options = ConfigureRun(new ChangeRunOptions
        {
            DomainGenerators = !Generates ? null : new DomainGenerators(policies, new GeneratorOptions
            {
                Length = Length,
                Style = Style,
                WordCount = WordCount,
                AllowLookAlikes = AllowLookAlikes,
                ExcludeCharacters = ExcludeCharacters ?? string.Empty,
            }),
            CanaryCount = canaries,
            CanaryServers = servers,
            MaxFailure = MaxFailure,
            WaveSize = WaveSize,
            WaveDelay = WaveDelay,
            KeepNewer = KeepNewer,
            DomainPolicies = policies,
            Settings = Connection.SettingsFor(Scheme, Cost),
            AllowAnyScheme = AllowAnyScheme,
            ForceChange = ForceChange,
            MaxHashingMemory = MaxMemory,
            WhatIf = IsWhatIf,
            SessionAuthorities = RevokeSession ? Connection.AuthoritiesToRevoke() : [],
            RevocationScope = SessionSystems.ScopeFor(Connection.Authorities, services: null, IncludeAppPassword),
        });
        ChangeRun.Require(Connection.Info, options);
        return options;
    }

    /// <returns><see langword="null"/> if the run to be resumed was delivered already.</returns>
    private ChangePump? StartPump(ChangeRunOptions options)
    {
        if (!IsWhatIf)
        {
            _run = BeginRun();
            if (_run is null)
            {
                _isOver = true;
                WriteWarning($"Every row of run {Run} was delivered; nothing is left to do.");
                return null;
            }

            options = options with { Journal = _run.Journal, Recorded = _run.Recorded };
        }

        _progress = new ProgressMeter(ActionName) { Total = () => MyInvocation.ExpectingInput ? _expected / (Shard?.Count ?? 1) : Total };
        return new ChangePump(Log.CreateRun(Connection.Store, options), StopToken);
    }

    private OpenRun? BeginRun()
    {
        var folder = Connection.Site.Runs();
        if (!Resume)
        {
            foreach (var interrupted in folder.InterruptedOn(Connection.Info).Where(run => !run.Header.Scope.IsSameAs(ScopeOfJournal) && Connection.TellsOnce(run.Id)))
            {
                WriteWarning($"The {interrupted.Describe()} was interrupted. {(interrupted.Header.Command is "restore" ? "The same Restore-MailboxPassword again goes on with it." : HowToGoOn(interrupted.Id))}");
            }
        }

        return folder.Begin(
            Connection.Info,
            new RunDescription { Command = JournalName, Scope = ScopeOfJournal, Reason = Reason, ForceChange = ForceChange, Head = "PowerShell" },
            new RunOptions
            {
                Journal = Journal is null ? null : FullPath(Journal),
                WithoutJournal = NoJournal,
                Recipients = [.. (Recipient ?? []).Select(path => Certificates.Load(FullPath(path)))],
                Certificates = !Resume ? null : KeyFile is null ? Certificates.FromStore() : [Certificates.LoadWithKey(FullPath(KeyFile), Environment.GetEnvironmentVariable(Certificates.PassphraseVariable))],
                AllowConcurrent = AllowConcurrent,
                Resume = Resume,
                ResumeRun = Resume ? Run : null,
            });
    }

    private static string HowToGoOn(string run) => $"The same command again with -Resume goes on with it; Get-MailboxPasswordChange {run} tells the passwords that it generated.";

    private static void Drop(ChangeRequest request)
    {
        request.Password?.Dispose();
        request.CurrentPassword?.Dispose();
    }

    private void Decline(ChangeRequest request)
    {
        if (EmitsRows)
        {
            (_declined ??= new()).Enqueue((_enqueued, new PasswordChange(
                request.Identity,
                ChangeStatus.Skipped,
                "The confirmation was declined.",
                request.Line)));
        }

        if (_pump is not null)
        {
            _pump.Drain(Deliver);
        }

        WriteDeclined(_finished);
    }

    private void WriteDeclined(long finished)
    {
        while (_declined is not null && _declined.TryPeek(out var declined) && declined.After <= finished)
        {
            _declined.Dequeue();
            WriteObject(declined.Row);
        }
    }

    private void Deliver(ChangeResult result, ref bool isTaken)
    {
        if (IsStopped)
        {
            throw new PipelineStoppedException();
        }

        WriteDeclined(_finished);
        _finished++;
        if (IsWhatIf && result is { Status: ChangeStatus.Skipped, ErrorId: null })
        {
            // The run was a dry one, so only what would be changed is named.
            ShouldProcess($"{Printable.Of(result.Mailbox)} in {Connection}", Action);
        }

        if (_clipboard is not null && result.Password is not null)
        {
            Copy(_clipboard, result);
        }

        // The row before the error: -ErrorAction Stop ends the pipeline at the error, and the row must be out by then.
        if (EmitsRows)
        {
            WriteRow(result, ref isTaken);
        }
        else
        {
            Count(result, ref isTaken);
        }

        result.Password?.Dispose();
        if (result is { ErrorId: ErrorIds.Superseded, Status: ChangeStatus.Changed })
        {
            // The change was made, so this must not end a pipeline with -ErrorAction Stop.
            WriteWarning(result.Message);
        }
        else if (result.ErrorId is { } errorId && result.Status is ChangeStatus.Failed or ChangeStatus.Changed)
        {
            _failed++;
            if (!RunFaults.IsCauseOf(result))
            {
                ReportFault(result, errorId);
            }
        }
    }

    private void Copy(MailPass.Platform.Clipboard clipboard, ChangeResult result)
    {
        if (ClipboardHandover.Copy(clipboard, result, out var said) is true)
        {
            Say(said);
        }
        else
        {
            WriteWarning($"{said} The row has it.");
        }
    }

    private void WriteRow(ChangeResult result, ref bool isTaken)
    {
        _downstream ??= new Downstream(this);
        _downstream.BeforeRow();
        try
        {
            WriteObject(new PasswordChange(result, PlainTextRows));
        }
        catch (Exception thrown) when (!_downstream.HasTakenRow(thrown))
        {
            throw;
        }
        catch
        {
            Count(result, ref isTaken);
            throw;
        }

        Count(result, ref isTaken);
    }

    private void Count(ChangeResult result, ref bool isTaken)
    {
        isTaken = true;
        _run?.Summary.Count(result);
        _changed += result.Status is ChangeStatus.Changed ? 1 : 0;
    }

    private void ReportFault(ChangeResult result, string errorId)
    {
        var record = Fault.ToRecord(errorId, result.Message ?? errorId, result.Mailbox);
        if (result.Status is ChangeStatus.Changed)
        {
            // The change was made; a later step failed.
            WriteWarning($"{result.Mailbox}: {record.ErrorDetails.Message}");
        }
        else
        {
            WriteError(record);
        }
    }

    private void ShowProgress()
    {
        _progress?.Show(this, _finished, _failed == 0 ? null : $"{_failed} failed", _pump?.NextWave);
        WriteEvents();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_pump is not null)
        {
            if (_complete)
            {
                _pump.Dispose();
            }
            else
            {
                StopEarly(_pump);
            }

            EndRun(_pump);
            _pump = null;
            _run?.Dispose();
        }

        base.Dispose(disposing);
    }

    private protected override void OnInterrupted(Exception thrown)
    {
        // A command downstream that needs no more rows is not an interruption.
        if (_changed > 0 && _run?.Id is { } id && thrown is not FlowControlException && !IsSatisfiedDownstream)
        {
            try
            {
                WriteWarning($"{ActionName} was interrupted: run {id}. {HowToGoOn(id)}");
                _saidInterrupted = true;
            }
            catch (Exception fault) when (fault is PipelineStoppedException or InvalidOperationException)
            {
                // The streams are closed; the host gets the message at the end.
            }
        }
    }

    /// <summary>Rows count as delivered only when the whole pipeline has ended without a fault: a command downstream may take a row and lose it at its own end.</summary>
    private void EndRun(ChangePump pump)
    {
        if (_run?.Id is not { } id)
        {
            return;
        }

        var isWhole = _complete ? !IsStopped && new Downstream(this).EndedWhole : IsSatisfiedDownstream && pump.LeftBehind.Count == 0;
        if (isWhole || (_complete && !EmitsRows))
        {
            try
            {
                _run.Finish(pump.StillOpen);
                return;
            }
            catch (MailPassException fault)
            {
                HostMessages.Warn(Host, $"{fault.Message} {fault.Remedy}");
                return;
            }
        }

        if ((_changed == 0 && pump.LeftBehind.Count == 0 && _run.Discard()) || _saidInterrupted)
        {
            return;
        }

        HostMessages.Warn(Host, $"{ActionName} was interrupted: run {id}. {HowToGoOn(id)}");
    }

    private bool IsSatisfiedDownstream => _downstream?.HasHadEnough == true && !IsCancelled;

    /// <summary>The pipeline ended before the run did: Ctrl+C, <c>Select-Object -First</c>, an error downstream.</summary>
    private void StopEarly(ChangePump pump)
    {
        if (!EmitsRows)
        {
            // No rows were requested, and the caller has the given passwords: committed changes stay and are counted.
            try
            {
                pump.Stop(Count);
            }
            catch (MailPassException)
            {
                // The store went away while everything was ending anyway.
            }
        }

        pump.Dispose();
        SayWhatStands(pump);
    }

    // The streams are closed now, so this goes to the host itself.
    private void SayWhatStands(ChangePump pump)
    {
        if (pump.TakenBack > 0 || IsStopped)
        {
            var takenBack = pump.TakenBack == 0 ? string.Empty : $" Written but not handed on, so taken back (the old passwords hold there): {pump.TakenBack}.";
            HostMessages.Warn(Host, $"{ActionName} ended early. Changed{(EmitsRows ? " and reported" : string.Empty)}: {_changed}.{takenBack}");
        }

        foreach (var left in pump.LeftBehind)
        {
            HostMessages.Warn(Host, left.Message ?? $"{left.Mailbox} was changed, and that could not be taken back.");
        }

        if (_run?.Id is not null)
        {
            return;
        }

        try
        {
            if (UndeliveredPasswords.Save(pump.LeftBehind, UndeliveredPasswords.DefaultFolder) is { } file)
            {
                HostMessages.Warn(Host, $"Their new passwords, which nobody else has, are in {file}, which only you can read.");
            }
        }
        catch (MailPassException fault)
        {
            HostMessages.Warn(Host, $"{fault.Message} {fault.Remedy}");
        }

        foreach (var left in pump.LeftBehind)
        {
            left.Password?.Dispose();
        }
    }
}
