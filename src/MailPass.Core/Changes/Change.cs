using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>One mailbox's new password on its way through the run. Each stage fills in what it finds out.</summary>
internal sealed class Change(ChangeRequest request)
{
    // A journal keeps no names: what the store has of the mailbox goes on.
    private string? _displayName;
    private bool _endedRun;

    public ChangeRequest Request { get; } = request;

    public MailboxAddress? Address { get; set; }

    public MailboxAccount? Account { get; set; }

    /// <summary>The new password; owned here until the result hands it on.</summary>
    public Secret? Password { get; set; } = request.Password;

    public bool PasswordWasGenerated { get; set; }

    /// <summary>How its hash is made and written down.</summary>
    public HashPlan? Plan { get; set; }

    public HashSettings? Settings => Plan?.Settings;

    /// <summary>The new hash as it is to stand in the store.</summary>
    public string? NewHash { get; set; }

    public ChangeStatus? Status { get; private set; }

    public string? ErrorId { get; private set; }

    public string? Message { get; private set; }

    public DateTimeOffset Time { get; private set; }

    public IReadOnlyList<RevocationReceipt> Receipts { get; set; } = [];

    /// <summary>That somebody else changed the mailbox while the run was under way, as a sentence; told if the run's change stands.</summary>
    public string? Superseded { get; set; }

    /// <summary>What the person must do at the next login, as a sentence, where the change asks for it.</summary>
    public string? ForcedChange { get; set; }

    /// <summary>Whether an earlier part of this run logged the mailbox out already.</summary>
    public bool WasLoggedOut { get; private set; }

    /// <summary>Whether the store may have the new hash although nobody could learn it.</summary>
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

    /// <summary>Fails of what ends the whole run.</summary>
    public void FailWithRun(Exception fault)
    {
        Fail((fault as MailPassException)?.ErrorId ?? ErrorIds.Unexpected, $"{Address?.Value ?? Request.Identity} was not changed: {fault.Message}");
        _endedRun = true;
    }

    public void Stop() => Decide(ChangeStatus.Skipped, ErrorIds.Stopped, "The run was stopped before this mailbox's turn came; it was not changed.");

    /// <summary>
    /// Deals with a change that somebody else, most likely the owner, made while the run was under way: they were told that it
    /// succeeded, so the row tells that it did not last, or it is left as it is.
    /// </summary>
    /// <param name="happened">What happened, without a full stop.</param>
    /// <param name="keep">Whether it is left.</param>
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

    /// <summary>Takes over what an earlier part of this run did: the store has its hash.</summary>
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
            ? "Changed before the run was interrupted; the key to its password is not here."
            : "Changed before the run was interrupted.");
    }

    /// <summary>Takes a verdict back, for another attempt.</summary>
    public void Reopen()
    {
        Status = null;
        ErrorId = null;
        Message = null;
    }

    /// <summary>A remark on a change that stands.</summary>
    public void Remark(string errorId, string message)
    {
        ErrorId = errorId;
        Message = message;
    }

    /// <summary>Ends the change: the result takes the password along if somebody needs it, else it is overwritten here.</summary>
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

/// <summary>What a change left in the store, kept with its result so that it can be taken back.</summary>
internal sealed record WrittenHash(MailboxAccount Before, string NewHash)
{
    public override string ToString() => Before.Address.Value;
}
