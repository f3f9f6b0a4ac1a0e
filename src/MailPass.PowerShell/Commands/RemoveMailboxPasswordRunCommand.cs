using System.Management.Automation;
using MailPass.Journals;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Binding;

namespace MailPass.PowerShell.Commands;

/// <summary>Removes runs' journals, and with them every password that is nowhere else.</summary>
[Cmdlet(VerbsCommon.Remove, "MailboxPasswordRun", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = RunSet)]
[OutputType(typeof(void))]
public sealed class RemoveMailboxPasswordRunCommand : MailPassCommand
{
    private const string RunSet = "Run";
    private const string AgeSet = "Age";

    /// <summary>The run: its id, the beginning of its id, or its journal.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = RunSet)]
    [Alias("Id")]
    [ValidateNotNullOrEmpty]
    public string? Run { get; set; }

    /// <summary>Every run that ended longer ago than this: <c>90d</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AgeSet)]
    [LengthOfTimeTransformation]
    public TimeSpan OlderThan { get; set; }

    /// <summary>Asks nothing. <c>-WhatIf</c> and an explicit <c>-Confirm</c> still count.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        var folder = RunspaceStores.Runs();
        var limit = DateTimeOffset.UtcNow - OlderThan;
        foreach (var run in Run is not null ? [folder.Find(Run)] : folder.List().Where(run => run.State is RunState.Finished or RunState.Restored && run.Ended < limit).ToArray())
        {
            if (Confirms(run.Describe(), "Remove the journal of the run", Force))
            {
                folder.Remove(run);
            }
        }
    }
}
