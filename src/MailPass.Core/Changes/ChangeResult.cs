using MailPass.Secrets;
using MailPass.Sessions;

namespace MailPass.Changes;

/// <summary>The outcome of a change.</summary>
public enum ChangeStatus
{
    /// <summary>The store has the new hash, durably.</summary>
    Changed,

    /// <summary>The mailbox has this password already; nothing was written.</summary>
    Unchanged,

    /// <summary>Not attempted: a dry run, the operator declined, or the run was stopped.</summary>
    Skipped,

    /// <summary>Not changed; the error id and the message say why.</summary>
    Failed,
}

/// <summary>The result of one change: one row for each request, in the requests' order.</summary>
public sealed class ChangeResult
{
    /// <summary>The mailbox; the text of the input if it is not a valid address.</summary>
    public required string Mailbox { get; init; }

    /// <summary>Its domain; empty if the mailbox is not a valid address.</summary>
    public string Domain { get; init; } = string.Empty;

    /// <summary>The outcome.</summary>
    public required ChangeStatus Status { get; init; }

    /// <summary>The new password, if the store has it and it was generated or the caller wanted given passwords too; the receiver disposes of it.</summary>
    public Secret? Password { get; init; }

    /// <summary>The scheme of the new hash.</summary>
    public string? Scheme { get; init; }

    /// <summary>What the session systems answered.</summary>
    public IReadOnlyList<RevocationReceipt> Receipts { get; init; } = [];

    /// <summary>The receipts in one line, for a table or a CSV; empty if no session system was asked.</summary>
    public string Sessions => Receipts.Count == 0 ? string.Empty : string.Join("; ", Receipts.Select(receipt => receipt.Summary));

    /// <summary>One of <see cref="ErrorIds"/>. A successful change has one too if its sessions could not be ended.</summary>
    public string? ErrorId { get; init; }

    /// <summary>What happened, as a sentence without secrets.</summary>
    public string? Message { get; init; }

    /// <summary>The line in the input file, counted from 1.</summary>
    public long? Line { get; init; }

    /// <summary>When it was decided, in UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The person's name, if the store keeps one; the last column, so that scripts that count columns keep working.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Whether it failed with the fault that ended the whole run.</summary>
    internal bool EndedRun { get; init; }

    /// <summary>What this change wrote to the store; <see langword="null"/> if it wrote nothing.</summary>
    internal WrittenHash? Written { get; init; }

    /// <summary>A copy without the password, which is overwritten.</summary>
    internal ChangeResult WithoutPassword()
    {
        Password?.Dispose();
        return new ChangeResult
        {
            Mailbox = Mailbox,
            Domain = Domain,
            Status = Status,
            Scheme = Scheme,
            Receipts = Receipts,
            ErrorId = ErrorId,
            Message = Message,
            Line = Line,
            Time = Time,
            DisplayName = DisplayName,
            Written = Written,
        };
    }

    /// <summary>Mailbox and status alone.</summary>
    public override string ToString() => $"{Mailbox}: {Status}";
}
