using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Stores;

/// <summary>The replacement of one hash, provided that the mailbox still has the hash it had when it was read.</summary>
public sealed class HashWrite
{
    /// <summary>The mailbox as it was read; its <see cref="MailboxAccount.PasswordHash"/> is what the row must still have.</summary>
    public required MailboxAccount Account { get; init; }

    /// <summary>A placeholder for a hash that the store makes itself (<see cref="StoreInfo.HashesItself"/>) and that is not known in advance.</summary>
    public const string ByStore = "{BY-THE-STORE}";

    /// <summary>The new hash as the store will have it, with its prefix if it gets one; empty only to restore that there was none.</summary>
    public required string NewHash { get; init; }

    /// <summary>The password, only for a store that hashes it itself; not owned.</summary>
    public Secret? Password { get; init; }

    /// <summary>
    /// The bookkeeping that is put back with an old hash instead of being updated; <see langword="null"/> for a change. All changes of
    /// one batch name the same places, or none.
    /// </summary>
    public Bookkeeping? PutBack { get; init; }

    /// <summary>Whether this puts an old hash back, which is allowed even if the mailbox was disabled meanwhile.</summary>
    public bool Undoes { get; init; }

    /// <summary>Whether the person must choose another password at the next login, if the store supports that (<see cref="StoreInfo.ForceChange"/>). The same for all changes of one batch.</summary>
    public bool ForceChange { get; init; }

    /// <summary>When the change was made, for the mail system's own bookkeeping.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The address alone: hashes stay out of logs.</summary>
    public override string ToString() => Account.Address.Value;
}

/// <summary>The outcome of one <see cref="HashWrite"/>.</summary>
public enum WriteStatus
{
    /// <summary>The new hash is in the store, durably.</summary>
    Written,

    /// <summary>The mailbox is gone; nothing was written.</summary>
    NotFound,

    /// <summary>The mailbox has another hash than it had when it was read; nothing was written.</summary>
    Conflict,

    /// <summary>The store refused this row; nothing was written.</summary>
    Failed,

    /// <summary>
    /// The connection was lost while the transaction was being committed and the store cannot be asked any more: the new
    /// hash may be there or not. So the password must be kept.
    /// </summary>
    Unknown,
}

/// <summary>The outcome of one <see cref="HashWrite"/>, and why.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="ErrorId">One of <see cref="ErrorIds"/> if <paramref name="Status"/> is <see cref="WriteStatus.Failed"/>.</param>
/// <param name="Message">The reason, without secrets; if it was written, a remark for its row.</param>
public readonly record struct WriteOutcome(WriteStatus Status, string? ErrorId = null, string? Message = null);
