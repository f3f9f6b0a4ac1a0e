using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security.Cryptography.X509Certificates;
using MailPass.Changes;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;

namespace MailPass.PowerShell.Commands;

/// <summary>The common base of Get and Restore: a run's journal, and the selected mailboxes.</summary>
public abstract class JournalCommand : MailStoreCommand
{
    private HashSet<MailboxAddress>? _only;
    private RunSummary? _summary;

    /// <summary>The run: its id, the beginning of its id, or its journal.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Run")]
    [ValidateNotNullOrEmpty]
    public string? Journal { get; set; }

    /// <summary>Only these mailboxes of the journal; all if it is left out.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    /// <summary>Uses the intact lines of a damaged journal; otherwise nothing is done with it.</summary>
    [Parameter]
    public SwitchParameter Salvage { get; set; }

    private bool _isNamed;

    private protected override object? FaultTarget => Journal;

    private protected override void Begin() => _isNamed = MyInvocation.BoundParameters.ContainsKey(nameof(Journal));

    private protected override void Process()
    {
        if (!_isNamed)
        {
            GoThrough();
            return;
        }

        foreach (var identity in Identity ?? [])
        {
            if (TryReadAddress(identity, out var address))
            {
                (_only ??= []).Add(address);
            }
        }
    }

    private protected override void End()
    {
        // Empty or invalid input must not select every mailbox.
        if (_isNamed && (_only is not null || (Identity is null && !MyInvocation.ExpectingInput)))
        {
            GoThrough();
        }
    }

    private void GoThrough()
    {
        var path = FullPath(Journal!);
        var run = Connection.Site.Runs().Find(Path.Exists(path) ? path : Journal!);
        if (!run.Header.IsOn(Connection.Info))
        {
            WriteWarning($"The run was on {run.Header.Store}, and this store is {Connection.Info.Location}. A mailbox whose password this store does not know is left as it is.");
        }

        if (run.State is RunState.Restored)
        {
            WriteWarning($"Run {run.Id} was undone already{(run.RestoredBy is { } by ? $" by run {by}" : string.Empty)}.");
        }

        var replay = new JournalReplay(Connection.Store, run.Journal)
        {
            Only = _only,
            SessionAuthorities = Connection.Authorities,
            Salvage = Salvage,
            LastDigest = run.LastDigest,
            TellsPasswords = TellsPasswords,
            Certificates = KeyCertificates,
        };
        Await(async token =>
        {
            await replay.OpenAsync(token).ConfigureAwait(false);
            return true;
        });

        // A damaged journal ends the call before anything is begun.
        using var open = Begin(run);
        replay.Journal = open?.Journal;
        if (open is null)
        {
            foreach (var remark in replay.Remarks)
            {
                WriteWarning(remark);
            }
        }

        _summary = open?.Summary;
        try
        {
            Replay(replay);
        }
        catch when (open is { Summary.Changed: 0 })
        {
            open.Discard();
            throw;
        }

        foreach (var missing in replay.Missing())
        {
            Write(missing);
        }

        open?.Finish();
        if (open is { Summary.Changed: > 0 } && _only is null)
        {
            Connection.Site.Runs().NoteRestored(run, open.Id);
        }
    }

    /// <summary>Certificates with private keys, for a run with <c>-Recipient</c>.</summary>
    private protected virtual X509Certificate2Collection? KeyCertificates => Certificates.FromStore();

    /// <summary>Whether the call shows the run's passwords.</summary>
    private protected virtual bool TellsPasswords => true;

    /// <summary>Begins a run for the changes; <see langword="null"/> if nothing is changed.</summary>
    private protected virtual OpenRun? Begin(MailboxRun run) => null;

    /// <summary>Processes the journal.</summary>
    private protected abstract void Replay(JournalReplay replay);

    /// <summary>Writes a row, and an error if it failed.</summary>
    private protected void Write(ChangeResult result, bool asPlainText = false)
    {
        using var password = result.Password;
        _summary?.Count(result);
        WriteObject(new PasswordChange(result, asPlainText));
        if (!RunFaults.IsCauseOf(result) && (result.Status is ChangeStatus.Failed || (result.Status is ChangeStatus.Changed && result.ErrorId is not null)))
        {
            WriteError(Fault.ToRecord(result.ErrorId ?? ErrorIds.Unexpected, result.Message ?? result.Mailbox, result.Mailbox));
        }
    }
}
