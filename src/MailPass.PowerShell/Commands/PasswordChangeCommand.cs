using System.Management.Automation;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;
using MailPass.PowerShell.Pipeline;
using MailPass.Rows;
using MailPass.Sessions;

namespace MailPass.PowerShell.Commands;

/// <summary>What Set and Reset share: mailboxes go into one run, rows and error records come out in their order.</summary>
public abstract class PasswordChangeCommand : MailStoreCommand
{
    private ChangeRunOptions? _options;
    private ChangePump? _pump;
    private Downstream? _downstream;
    private ProgressMeter? _progress;
    private Queue<(long After, PasswordChange Row)>? _declined;
    private FileJournal? _journal;
    private long? _expected;
    private long _inputs;
    private long _enqueued;
    private long _finished;
    private long _changed;
    private long _failed;
    private bool _complete;

    /// <summary>The scheme for the new hashes; left out, each mailbox keeps its own.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SchemeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Scheme { get; set; }

    /// <summary>The scheme's cost (rounds, log₂ rounds, iterations, passes); left out, the scheme's own default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Cost { get; set; }

    /// <summary>Also a scheme that not everything that reads the store verifies, such as the mail system's own pages.</summary>
    [Parameter]
    public SwitchParameter AllowAnyScheme { get; set; }

    /// <summary>The most memory for the hashes that are being made at one time (<c>512MB</c>; a number is bytes); left out, a quarter of the machine's.</summary>
    [Parameter]
    [MemorySizeTransformation]
    [ValidateRange(1, long.MaxValue)]
    public long? MaxMemory { get; set; }

    /// <summary>The run's durable record: a file that is made, readable by this account only.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Journal { get; set; }

    /// <summary>Only this part of the mailboxes, where several hosts share a run: <c>3/8</c> is the third of eight.</summary>
    [Parameter]
    [ShardTransformation]
    public Shard? Shard { get; set; }

    /// <summary>Also logs each mailbox out of every session system that the store was connected with.</summary>
    [Parameter]
    public SwitchParameter RevokeSession { get; set; }

    /// <summary>With <see cref="RevokeSession"/>: app passwords and OAuth tokens end too.</summary>
    [Parameter]
    public SwitchParameter IncludeAppPassword { get; set; }

    /// <summary>Asks nothing. <c>-WhatIf</c> and an explicit <c>-Confirm</c> still count.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What is done to a mailbox, for confirmations.</summary>
    private protected abstract string ActionName { get; }

    /// <summary>Whether rows are written at all.</summary>
    private protected abstract bool EmitsRows { get; }

    /// <summary>Whether passwords in rows are text.</summary>
    private protected abstract bool PlainTextRows { get; }

    /// <summary>How many mailboxes the call itself names, where that is known.</summary>
    private protected abstract long? Total { get; }

    /// <summary>Whether somebody has said that the mailboxes that follow are meant.</summary>
    private protected bool IsConfirmed { get; private set; }

    private protected abstract ChangeRunOptions ConfigureRun(ChangeRunOptions options);

    private protected override void End()
    {
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

        _progress?.Complete(this);
        _complete = true;
    }

    /// <summary>Asks once whether all mailboxes of a domain are meant.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="list">Lists its mailboxes.</param>
    private protected bool Confirms(string domain, Func<IEnumerable<MailboxAccount>> list)
    {
        // Before anybody is asked: a question whose answer cannot matter is not put.
        _options ??= Prepare();
        return IsConfirmed = ConfirmsDomain(domain, () => list().LongCount(account => Shard?.Contains(account.Address.Value) != false), Action, Force);
    }

    /// <summary>What is done to a mailbox, with what ends beside its password.</summary>
    private string Action => _options?.SessionAuthorities is not { Count: > 0 } systems
        ? ActionName
        : $"{ActionName} and end its sessions in {string.Join(", ", systems.Select(system => system.Name))}{(IncludeAppPassword ? ", app passwords and tokens too" : string.Empty)}";

    /// <summary>Takes one mailbox in.</summary>
    /// <param name="request">The request.</param>
    private protected void Submit(ChangeRequest request)
    {
        if (Shard?.Contains(request.Identity) == false)
        {
            request.Password?.Dispose();
            request.CurrentPassword?.Dispose();
            return;
        }

        // Before anybody is asked: a question whose answer cannot matter is not put.
        _options ??= Prepare();
        if (request.Fault is null && !IsConfirmed && !IsWhatIf && !ConfirmsMailbox(request.Identity, Action, Force))
        {
            request.Password?.Dispose();
            request.CurrentPassword?.Dispose();
            Decline(request);
            return;
        }

        _pump ??= StartPump(_options);
        _enqueued++;
        _pump.Enqueue(request, Deliver);
        WriteEvents();
        ShowProgress();
    }

    /// <summary>The line of the input whose turn it is, to be asked for once for each; <see langword="null"/> for what was typed on the command line.</summary>
    /// <param name="row">The row, where it came as one.</param>
    private protected long? NextLine(InputRow? row)
    {
        _inputs++;
        _expected = row?.ExpectedRows ?? _expected;
        return MyInvocation.ExpectingInput ? row?.LineOf(_inputs) ?? _inputs : null;
    }

    private FileJournal? OpenJournal(MailStoreConnection connection) =>
        Journal is null || IsWhatIf ? null : _journal = FileJournal.Create(FullPath(Journal), connection.Info);

    /// <summary>What the run is to do; finds everything that would end it.</summary>
    private ChangeRunOptions Prepare()
    {
        if (IncludeAppPassword && !RevokeSession)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-IncludeAppPassword says what -RevokeSession is to end, and that was not given.", "Add -RevokeSession.");
        }

        return ConfigureRun(new ChangeRunOptions
        {
            Policy = Connection.Policy,
            Settings = Connection.SettingsFor(Scheme, Cost),
            AllowAnyScheme = AllowAnyScheme,
            MaxHashingMemory = MaxMemory,
            WhatIf = IsWhatIf,
            SessionAuthorities = RevokeSession ? Connection.AuthoritiesToRevoke() : [],
            RevocationScope = SessionSystems.ScopeFor(Connection.Authorities, services: null, IncludeAppPassword),
        });
    }

    private ChangePump StartPump(ChangeRunOptions options)
    {
        _progress = new ProgressMeter(ActionName) { Total = () => MyInvocation.ExpectingInput ? _expected / (Shard?.Count ?? 1) : Total };
        return new ChangePump(Log.CreateRun(Connection.Store, options with { Journal = OpenJournal(Connection) }), StopToken);
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
        if (result.ErrorId is ErrorIds.Superseded)
        {
            // The change stands, so it must not end a pipeline under -ErrorAction Stop.
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
        _changed += result.Status is ChangeStatus.Changed ? 1 : 0;
    }

    private void ReportFault(ChangeResult result, string errorId)
    {
        var record = Fault.ToRecord(errorId, result.Message ?? errorId, result.Mailbox);
        if (result.Status is ChangeStatus.Changed)
        {
            // The change stands; what failed is what should have followed it.
            WriteWarning($"{result.Mailbox}: {record.ErrorDetails.Message}");
        }
        else
        {
            WriteError(record);
        }
    }

    private void ShowProgress()
    {
        _progress?.Show(this, _finished, _failed == 0 ? null : $"{_failed} failed");
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

            _pump = null;
            _journal?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }

    /// <summary>The pipeline ended before the run did: Ctrl+C, <c>Select-Object -First</c>, an error downstream.</summary>
    private void StopEarly(ChangePump pump)
    {
        if (!EmitsRows)
        {
            // No row was asked for, and whoever gave the passwords has them: what is committed stays and is counted.
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

    // The streams are closed by now, so this goes to the host itself.
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
