using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>One mailbox's new password on its way through the run. Each stage fills in what it finds out.</summary>
internal sealed class Change(ChangeRequest request)
{
    // A journal has no display names, so the one from the store is kept.
    private string? _displayName;
    private bool _endedRun;

    public ChangeRequest Request { get; } = request;

    public MailboxAddress? Address { get; set; }

    public MailboxAccount? Account { get; set; }

    /// <summary>The new password; owned here until the result takes it over.</summary>
    public Secret? Password { get; set; } = request.Password;

    public bool PasswordWasGenerated { get; set; }

    /// <summary>How its hash is made and written down.</summary>
    public HashPlan? Plan { get; set; }

    public HashSettings? Settings => Plan?.Settings;

    /// <summary>The new hash as the store will have it.</summary>
    public string? NewHash { get; set; }

    public ChangeStatus? Status { get; private set; }

    public string? ErrorId { get; private set; }

    public string? Message { get; private set; }

    public DateTimeOffset Time { get; private set; }

    public IReadOnlyList<RevocationReceipt> Receipts { get; set; } = [];

    /// <summary>A sentence that somebody else changed the mailbox while the run was under way; the row has it if the run's change stays.</summary>
    public string? Superseded { get; set; }

    /// <summary>A sentence on what the person must do at the next login, if the change requires it.</summary>
    public string? ForcedChange { get; set; }

    /// <summary>Whether an earlier part of this run logged the mailbox out already.</summary>
    public bool WasLoggedOut { get; private set; }

    /// <summary>Whether it is unknown if the store has the new hash.</summary>
    public bool MayBeWritten => ErrorId is ErrorIds.WriteUnknown;

    /// <summary>Whether later stages still have something to do for it.</summary>
    public bool IsPending => Status is null;

    public void Decide(ChangeStatus status, string? errorId = null, string? message = null)
    {
        Status = status;
        ErrorId = errorId;
        Message = message;
        Time = DateTimeOffset.UtcNow;
    }

    public void Fail(string errorId, string message) => Decide(ChangeStatus.Failed, errorId, message);

    public void Fail(MailPassException fault) =>
        Fail(fault.ErrorId, fault.Remedy is null ? fault.Message : $"{fault.Message} {fault.Remedy}");

    /// <summary>Fails with the fault that ends the whole run.</summary>
    public void FailWithRun(Exception fault)
    {
        Fail((fault as MailPassException)?.ErrorId ?? ErrorIds.Unexpected, $"{Address?.Value ?? Request.Identity} was not changed: {fault.Message}");
        _endedRun = true;
    }

    public void Stop() => Decide(ChangeStatus.Skipped, ErrorIds.Stopped, "The run was stopped before this mailbox's turn came; it was not changed.");

    /// <summary>
    /// Handles a change that somebody else, most likely the owner, made while the run was under way. They were told that it succeeded,
    /// so either it stays, or the row says that the run replaced it.
    /// </summary>
    /// <param name="happened">What happened, without a full stop.</param>
    /// <param name="keep">Whether their change stays.</param>
    public void NoteOwnersChange(string happened, bool keep)
    {
        if (keep)
        {
            Fail(ErrorIds.Superseded, $"{happened}; it was left as they set it.");
        }
        else
        {
            Superseded = $"{happened}; the run's password replaced theirs.";
        }
    }

    /// <summary>Takes over a change that an earlier part of this run made: the store has its hash.</summary>
    public void TakeOver(RecordedChange recorded)
    {
        Password?.Dispose();
        _displayName = Account?.DisplayName;
        Account = recorded.Entry.Account;
        Password = recorded.Entry.Password;
        PasswordWasGenerated = recorded.Entry.IsGenerated;
        NewHash = recorded.Entry.NewHash;
        WasLoggedOut = recorded.IsLoggedOut;
        Decide(ChangeStatus.Changed, message: PasswordWasGenerated && Password is null
            ? "Changed before the run was interrupted; the key to its password is missing."
            : "Changed before the run was interrupted.");
    }

    /// <summary>Makes a decided change pending again, for another attempt.</summary>
    public void Reopen()
    {
        Status = null;
        ErrorId = null;
        Message = null;
    }

    /// <summary>Adds a remark to a change without changing its status.</summary>
    public void Remark(string errorId, string message)
    {
        ErrorId = errorId;
        Message = message;
    }

    /// <summary>Ends the change: the result takes over the password if somebody needs it; otherwise it is overwritten here.</summary>
    public ChangeResult ToResult(bool returnGivenPasswords)
    {
        Request.CurrentPassword?.Dispose();
        var handOn = (PasswordWasGenerated || returnGivenPasswords)
            && (Status is ChangeStatus.Changed || MayBeWritten);
        if (!handOn)
        {
            Password?.Dispose();
        }

        return new ChangeResult
        {
            Mailbox = Address?.Value ?? Request.Identity,
            Domain = Address?.Domain ?? string.Empty,
            Status = Status ?? ChangeStatus.Skipped,
            Password = handOn ? Password : null,
            Scheme = Settings?.Scheme ?? (NewHash is null or HashWrite.ByStore ? null : StoredHash.Parse(NewHash).Settings.Scheme),
            Receipts = Receipts,
            ErrorId = Status is ChangeStatus.Changed && Superseded is not null ? ErrorId ?? ErrorIds.Superseded : ErrorId,
            Message = Status is ChangeStatus.Changed ? Joined(Message, Superseded, ForcedChange, Plan?.Remark, Account?.StateReason) : Message,
            EndedRun = _endedRun,
            Line = Request.Line,
            Time = Time,
            DisplayName = Account?.DisplayName ?? _displayName,
            Written = Status is ChangeStatus.Changed && Account is not null && NewHash is not null ? new WrittenHash(Account, NewHash) : null,
        };
    }

    private static string? Joined(params ReadOnlySpan<string?> sentences)
    {
        string? text = null;
        foreach (var sentence in sentences)
        {
            text = text is null || sentence is null ? text ?? sentence : $"{text} {sentence}";
        }

        return text;
    }
}

/// <summary>What a change wrote to the store, kept with its result so that it can be undone.</summary>
internal sealed record WrittenHash(MailboxAccount Before, string NewHash)
{
    public override string ToString() => Before.Address.Value;
}
