using System.Management.Automation;
using MailPass.Changes;

namespace MailPass.PowerShell.Commands;

/// <summary>Tells from a run's journal which changes reached the store, with the passwords that the run made.</summary>
[Cmdlet(VerbsCommon.Get, "MailboxPasswordChange")]
[OutputType(typeof(PasswordChange))]
public sealed class GetMailboxPasswordChangeCommand : JournalCommand
{
    /// <summary>Writes the passwords as text, for a CSV; otherwise as <see cref="System.Security.SecureString"/>.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    private protected override void Replay(JournalReplay replay)
    {
        foreach (var batch in Read(replay.ReadAsync))
        {
            var results = Await(async token => await replay.RecoverAsync(batch, token).ConfigureAwait(false));
            foreach (var result in results)
            {
                Write(result, AsPlainText);
            }
        }
    }
}
