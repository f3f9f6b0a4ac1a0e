using MailPass.Journals;
using MailPass.Rows;

namespace MailPass;

/// <summary>A run: when, by whom, why, and its result.</summary>
public sealed class MailboxPasswordRun
{
    internal MailboxPasswordRun(MailboxRun run)
    {
        Source = run;
    }

    /// <summary>Its id.</summary>
    public string Run => Source.Id;

    /// <summary>Running, Interrupted, Finished or Restored.</summary>
    public string State => Source.State.ToString();

    /// <summary>When it began, as ISO 8601 with its offset.</summary>
    public string Started => Timestamps.Text(Source.Header.Started);

    /// <summary>When it ended, likewise; empty if it has not.</summary>
    public string? Ended => Source.Ended is { } time ? Timestamps.Text(time) : null;

    /// <summary>The account that ran it.</summary>
    public string Operator => Source.Header.Operator;

    /// <summary>The machine.</summary>
    public string Host => Source.Header.Host;

    /// <summary>The process's id.</summary>
    public int Process => Source.Header.Process;

    /// <summary>The store.</summary>
    public string Store => Source.Header.Store;

    /// <summary>What was done: reset, set or restore.</summary>
    public string Action => Source.Header.Command;

    /// <summary>The mailboxes that the run was for.</summary>
    public string Scope => Source.Header.Scope.ToString();

    /// <summary>Why.</summary>
    public string? Reason => Source.Header.Reason;

    /// <summary>Mailboxes that have their new password; of an interrupted run those that were recorded.</summary>
    public long Changed => Source.Changed;

    /// <summary>Mailboxes that had this password already.</summary>
    public long Unchanged => Source.Unchanged;

    /// <summary>Mailboxes that were not attempted.</summary>
    public long Skipped => Source.Skipped;

    /// <summary>Mailboxes that were not changed, for a reason.</summary>
    public long Failed => Source.Failed;

    /// <summary>The run that undid it.</summary>
    public string? RestoredBy => Source.RestoredBy;

    /// <summary>Its journal.</summary>
    public string Journal => Source.Journal;

    internal MailboxRun Source { get; }

    /// <summary>Its id.</summary>
    public override string ToString() => Run;
}
