using System.Management.Automation;
using MailPass.Journals;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;

namespace MailPass.PowerShell.Commands;

/// <summary>Lists runs: when, by whom, why, and their results.</summary>
[Cmdlet(VerbsCommon.Get, "MailboxPasswordRun")]
[OutputType(typeof(MailboxPasswordRun))]
public sealed class GetMailboxPasswordRunCommand : MailPassCommand
{
    /// <summary>The run: its id, the beginning of its id, or its journal; all if it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ValidateNotNullOrEmpty]
    public string? Run { get; set; }

    /// <summary>Only runs in this state.</summary>
    [Parameter]
    public RunState? State
    {
        get => (RunState?)_state;
        set => _state = (int?)value;
    }

    /// <summary>Proves the index and every journal: an error for each that was changed, cut, removed or exchanged.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    private int? _state;

    private protected override void Process()
    {
        var folder = RunspaceStores.Runs();
        if (Verify)
        {
            foreach (var fault in Await(folder.VerifyAsync))
            {
                WriteError(Fault.ToRecord(ErrorIds.JournalUnreadable, fault, folder.Path));
            }
        }

        // With -Verify the same faults are errors already.
        IReadOnlyList<MailboxRun> List(RunFolder all)
        {
            var faults = new List<string>();
            var runs = all.List(faults);
            foreach (var fault in Verify ? [] : faults)
            {
                WriteWarning(fault);
            }

            return runs;
        }

        foreach (var run in Run is null ? List(folder) : [folder.Find(Path.Exists(FullPath(Run)) ? FullPath(Run) : Run)])
        {
            if (State is null || run.State == State)
            {
                WriteObject(new MailboxPasswordRun(run));
            }
        }
    }
}
