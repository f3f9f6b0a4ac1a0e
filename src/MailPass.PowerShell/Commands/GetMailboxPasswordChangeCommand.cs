using System.Management.Automation;
using System.Security.Cryptography.X509Certificates;
using MailPass.Changes;
using MailPass.Journals;
using MailPass.PowerShell.Pipeline;

namespace MailPass.PowerShell.Commands;

/// <summary>Reports from a run's journal which changes reached the store, with the passwords that the run generated.</summary>
[Cmdlet(VerbsCommon.Get, "MailboxPasswordChange")]
[OutputType(typeof(PasswordChange))]
public sealed class GetMailboxPasswordChangeCommand : JournalCommand
{
    /// <summary>Writes the passwords as text, for a CSV; otherwise as <see cref="System.Security.SecureString"/>.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>A recipient's certificate with its private key, for a run with <c>-Recipient</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    private protected override X509Certificate2Collection? KeyCertificates =>
        KeyFile is null ? base.KeyCertificates : [Certificates.LoadWithKey(FullPath(KeyFile), Environment.GetEnvironmentVariable(Certificates.PassphraseVariable))];

    private protected override void Replay(JournalReplay replay)
    {
        var progress = new ProgressMeter("Get mailbox password change") { Total = () => replay.Total };
        var done = 0L;
        foreach (var batch in Read(replay.ReadAsync))
        {
            var results = Await(async token => await replay.RecoverAsync(batch, token).ConfigureAwait(false));
            foreach (var result in results)
            {
                Write(result, AsPlainText);
            }

            progress.Show(this, done += batch.Count);
        }

        progress.Complete(this);
    }
}
