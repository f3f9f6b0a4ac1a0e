using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;

namespace MailPass.PowerShell.Commands;

/// <summary>What Get and Restore share: a run's journal, and which of its mailboxes are meant.</summary>
public abstract class JournalCommand : MailStoreCommand
{
    private HashSet<MailboxAddress>? _only;

    /// <summary>The journal that <c>-Journal</c> of the run named, or <c>mailpass</c> left.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Journal { get; set; }

    /// <summary>Only these mailboxes of the journal; all where it is left out.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [MailboxTransformation]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    private protected override object? FaultTarget => Journal;

    private protected override void Process()
    {
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
        // A pipeline that brought nobody means nobody, and a name that is none does not mean all.
        if (_only is null && (Identity is not null || MyInvocation.ExpectingInput))
        {
            return;
        }

        var replay = new JournalReplay(Connection.Store, FullPath(Journal!)) { Only = _only, SessionAuthorities = Connection.Authorities };
        Replay(replay);
        foreach (var missing in replay.Missing())
        {
            Write(missing);
        }
    }

    /// <summary>Goes through the journal.</summary>
    private protected abstract void Replay(JournalReplay replay);

    /// <summary>Writes a row, and an error where it failed.</summary>
    private protected void Write(ChangeResult result, bool asPlainText = false)
    {
        using var password = result.Password;
        WriteObject(new PasswordChange(result, asPlainText));
        if (result.Status is ChangeStatus.Failed || (result.Status is ChangeStatus.Changed && result.ErrorId is not null))
        {
            WriteError(Fault.ToRecord(result.ErrorId ?? ErrorIds.Unexpected, result.Message ?? result.Mailbox, result.Mailbox));
        }
    }
}
