using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;
using MailPass.PowerShell.Pipeline;
using MailPass.Sessions;

namespace MailPass.PowerShell.Commands;

/// <summary>Logs mailboxes out of everything that MailPass can reach, with a receipt for each.</summary>
[Cmdlet(VerbsSecurity.Revoke, "MailboxSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SessionRevocation))]
public sealed class RevokeMailboxSessionCommand : SessionCommand
{
    private readonly HashSet<MailboxAddress> _seen = [];
    private IReadOnlyList<ISessionAuthority>? _systems;
    private RevocationScope? _scope;
    private ProgressMeter? _progress;
    private bool _isConfirmed;
    private long _done;

    /// <summary>The mailboxes.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    /// <summary>Ends app passwords and OAuth tokens too.</summary>
    [Parameter]
    public SwitchParameter IncludeAppPassword { get; set; }

    /// <summary>Asks nothing. <c>-WhatIf</c> and an explicit <c>-Confirm</c> still count.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string ActionName => nameof(MailboxActions.Revoke);

    private protected override void Begin()
    {
        if (Identity is null && Domain is null && !MyInvocation.ExpectingInput)
        {
            Fail(ErrorIds.InputInvalid, "No mailbox was named: give -Identity or -Domain, or pipe mailboxes in.");
        }

        base.Begin();
    }

    private protected override void Process() => Gather(Identity ?? []);

    private protected override void End()
    {
        GatherDomains();
        Flush();
        SayExcluded();
        _progress?.Complete(this);
    }

    // Several sessions of one mailbox (Get-MailboxSession | Revoke-MailboxSession) are one logout.
    private protected override bool IsWanted(MailboxAddress mailbox)
    {
        var action = Prepare();
        return _seen.Add(mailbox) && (_isConfirmed || ConfirmsMailbox(mailbox.Value, action, Force));
    }

    private protected override bool IsWanted(DomainSelection selection)
    {
        var isMeant = ConfirmsSelection(selection, Exclusions, shard: null, Prepare(), Force);

        // -WhatIf names each.
        _isConfirmed = isMeant && !IsWhatIf;
        return isMeant;
    }

    /// <summary>Finds the systems before the confirmation, so that the user is not asked in vain.</summary>
    /// <returns>The action, for the question.</returns>
    private string Prepare()
    {
        _systems ??= Connection.AuthoritiesToRevoke();
        _scope ??= SessionSystems.ScopeFor(_systems, Service, IncludeAppPassword);
        return $"End sessions in {string.Join(", ", _systems.Select(system => system.Name))}{(IncludeAppPassword ? ", app passwords and tokens too" : string.Empty)}";
    }

    private protected override void Handle(IReadOnlyList<MailboxAddress> mailboxes)
    {
        _progress ??= new ProgressMeter("Revoke mailbox session") { Total = () => Total };
        foreach (var revocation in Await(token => SessionSystems.RevokeAsync(_systems!, mailboxes, _scope!, token)))
        {
            var row = new SessionRevocation(revocation);
            WriteObject(row);
            if (row.ErrorId is { } errorId)
            {
                WriteError(Fault.ToRecord(errorId, $"{row.Mailbox} may still be logged in. {row.Sessions}.", row.Mailbox));
            }
        }

        _done += mailboxes.Count;
        _progress.Show(this, _done);
    }
}
