using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Journals;
using MailPass.PowerShell.Pipeline;

namespace MailPass.PowerShell.Commands;

/// <summary>Undoes a run from its journal: each mailbox gets back the password it had, unless it was changed again since.</summary>
[Cmdlet(VerbsData.Restore, "MailboxPassword", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(PasswordChange))]
public sealed class RestoreMailboxPasswordCommand : JournalCommand
{
    private const string ActionName = "Restore mailbox password";

    /// <summary>Asks nothing. <c>-WhatIf</c> and an explicit <c>-Confirm</c> still count.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Why the run is undone; the journal of the restore and the report show it.</summary>
    [Parameter]
    public string? Reason { get; set; }

    /// <summary>Keeps no journal of the undoing.</summary>
    [Parameter]
    public SwitchParameter NoJournal { get; set; }

    /// <summary>Certificate files to seal the passwords in the journal of the undoing to.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Recipient { get; set; }

    /// <summary>Begins even if another run that may touch the same mailboxes is under way.</summary>
    [Parameter]
    public SwitchParameter AllowConcurrent { get; set; }

    private protected override bool TellsPasswords => false;

    private protected override OpenRun? Begin(MailboxRun run) => IsWhatIf ? null : Connection.Site.Runs().Begin(
        Connection.Info,
        new RunDescription { Command = "restore", Scope = new(RunScopeKind.Journal, [run.Id]), Reason = Reason, Head = "PowerShell" },
        new RunOptions
        {
            WithoutJournal = NoJournal,
            Recipients = [.. (Recipient ?? []).Select(path => Certificates.Load(FullPath(path)))],
            AllowConcurrent = AllowConcurrent,
        });

    private protected override void Replay(JournalReplay replay)
    {
        var progress = new ProgressMeter(ActionName) { Total = () => replay.Total };
        var done = 0L;
        foreach (var batch in Read(replay.ReadAsync))
        {
            foreach (var entry in batch)
            {
                entry.Password?.Dispose();
            }

            foreach (var result in Restore(replay, batch))
            {
                Write(result!);
            }

            done += batch.Count;
            progress.Show(this, done);
            if (replay.Fault is not null)
            {
                throw replay.Fault;
            }
        }

        progress.Complete(this);
    }

    private ChangeResult?[] Restore(JournalReplay replay, IReadOnlyList<JournalEntry> batch)
    {
        // Before the confirmation, so that the user is not asked in vain.
        var rows = Await(async token => await replay.CheckAsync(batch, token).ConfigureAwait(false)).ToArray();
        var confirmed = new List<int>();
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] is not null)
            {
                continue;
            }

            if (ConfirmsMailbox(batch[i].Account.Address.Value, ActionName, Force))
            {
                confirmed.Add(i);
            }
            else
            {
                rows[i] = IsWhatIf ? JournalReplay.WouldBeRestored(batch[i]) : JournalReplay.Declined(batch[i]);
            }
        }

        if (confirmed.Count > 0)
        {
            var restored = Await(async _ => await replay.RestoreAsync(confirmed.ConvertAll(i => batch[i])).ConfigureAwait(false));
            for (var i = 0; i < confirmed.Count; i++)
            {
                rows[confirmed[i]] = restored[i];
            }
        }

        return rows;
    }
}
