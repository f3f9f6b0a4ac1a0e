using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>One change as it is recorded before the store receives it.</summary>
/// <param name="Account">The mailbox with its old hash.</param>
/// <param name="Password">The new password if the run generated it; otherwise <see langword="null"/>.</param>
/// <param name="NewHash">The new hash as the store will have it; <see cref="HashWrite.ByStore"/> if the store makes it.</param>
public sealed record JournalEntry(MailboxAccount Account, Secret? Password, string NewHash)
{
    /// <summary>Whether the run generated the password, although <see cref="Password"/> may not be readable any more.</summary>
    public bool IsGenerated { get; init; } = Password is not null;

    /// <summary>Whether the mailbox has what was recorded.</summary>
    /// <param name="hash">The hash that it has now.</param>
    /// <param name="store">The store.</param>
    /// <param name="given">The password that the run was given, if it is known and the run did not generate one.</param>
    /// <returns><see langword="null"/> if the store hashed the password itself and nobody can tell.</returns>
    internal bool? Stands(string? hash, StoreInfo store, Secret? given = null)
    {
        if (NewHash != HashWrite.ByStore)
        {
            return string.Equals(hash, NewHash, StringComparison.Ordinal);
        }

        if (string.Equals(hash ?? string.Empty, Account.PasswordHash ?? string.Empty, StringComparison.Ordinal))
        {
            // If the login cannot read hashes, both are empty and show nothing.
            return string.IsNullOrEmpty(hash) ? null : false;
        }

        if ((Password ?? (IsGenerated ? null : given)) is not { } password || !StoredHash.TryParseToVerify(hash, store.UnprefixedScheme, out var stored, out _))
        {
            return null;
        }

        // A given password that does not fit proves nothing: the input may bring another one today.
        return stored!.Verify(password) ? true : IsGenerated ? false : null;
    }

    /// <summary>The address alone: hashes stay out of logs.</summary>
    public override string ToString() => Account.Address.Value;
}

/// <summary>
/// The run's durable record. When <see cref="RecordAsync"/> has returned, its batch survives the loss of the process and of
/// power, so a generated password that reached the store is not lost.
/// </summary>
public interface IChangeJournal : IAsyncDisposable
{
    /// <summary>When the run began, or its first part if it was resumed.</summary>
    DateTimeOffset Started { get; }

    /// <summary>Records a batch, durably, before it is written to the store.</summary>
    /// <param name="batch">The changes.</param>
    /// <param name="cancellationToken">Stops before anything is recorded.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>: the batch must not be written.</exception>
    ValueTask RecordAsync(IReadOnlyList<JournalEntry> batch, CancellationToken cancellationToken);

    /// <summary>Records, durably, copies of passwords that a session system is about to replace, so that undoing the run can put them back.</summary>
    internal ValueTask RecordCopiesAsync(string system, IReadOnlyList<(MailboxAddress Mailbox, IReadOnlyList<ReplacedCopy> Copies)> copies) => ValueTask.CompletedTask;

    /// <summary>Notes the outcome of a recorded batch. Losing this note is harmless, since a resumed run reads the store.</summary>
    /// <param name="batch">The changes as recorded.</param>
    /// <param name="written">For each, whether the store has its new hash.</param>
    ValueTask SettleAsync(IReadOnlyList<JournalEntry> batch, IReadOnlyList<bool> written);

    /// <summary>Notes mailboxes that every session system confirmed to be logged out, so that a resumed run need not log them out again.</summary>
    internal ValueTask NoteLoggedOutAsync(IReadOnlyList<MailboxAddress> mailboxes) => ValueTask.CompletedTask;
}
