using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>What can be done with the journal of a run that did not get to its end: learn the passwords, or undo them.</summary>
/// <param name="store">The store that the run wrote to; it stays the caller's.</param>
/// <param name="path">The journal.</param>
public sealed class JournalReplay(IMailboxStore store, string path)
{
    private const int BatchSize = 1000;

    /// <summary>
    /// Tells for every recorded change whether it reached the store. What did comes out as <see cref="ChangeStatus.Changed"/>
    /// with its generated password; what did not, or has been changed again since, as <see cref="ChangeStatus.Skipped"/>.
    /// Writes nothing.
    /// </summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException">The journal or the store cannot be read.</exception>
    public async IAsyncEnumerable<ChangeResult> RecoverAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in BatchesAsync(cancellationToken).ConfigureAwait(false))
        {
            var accounts = await store.FindAsync(batch.ConvertAll(entry => entry.Account.Address), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < batch.Count; i++)
            {
                yield return Recovered(batch[i], accounts[i]);
            }
        }
    }

    /// <summary>
    /// Puts the old hash of every recorded change back, only where the mailbox still has the hash that the run wrote.
    /// What was put back comes out as <see cref="ChangeStatus.Changed"/>; what has another hash by now as
    /// <see cref="ChangeStatus.Skipped"/>.
    /// </summary>
    /// <param name="cancellationToken">Stops after the batch in flight.</param>
    /// <exception cref="MailPassException">The journal or the store cannot be reached.</exception>
    public async IAsyncEnumerable<ChangeResult> RestoreAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in BatchesAsync(cancellationToken).ConfigureAwait(false))
        {
            var outcomes = await store.WriteAsync(batch.ConvertAll(Inverse), CancellationToken.None).ConfigureAwait(false);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Password?.Dispose();
                yield return Restored(batch[i], outcomes[i]);
            }
        }
    }

    private static HashWrite Inverse(JournalEntry entry) => new()
    {
        Account = new MailboxAccount { Address = entry.Account.Address, StoreKey = entry.Account.StoreKey, PasswordHash = entry.NewHash },
        NewHash = entry.Account.PasswordHash ?? string.Empty,
        Time = DateTimeOffset.UtcNow,
    };

    private static ChangeResult Recovered(JournalEntry entry, MailboxAccount? account)
    {
        if (account is not null && string.Equals(account.PasswordHash, entry.NewHash, StringComparison.Ordinal))
        {
            return Result(entry, ChangeStatus.Changed, null, null, handPasswordOn: true);
        }

        entry.Password?.Dispose();
        return account is null
            ? Result(entry, ChangeStatus.Failed, ErrorIds.MailboxNotFound, $"{entry.Account.Address} does not exist any more.")
            : Result(entry, ChangeStatus.Skipped, null, "The run did not get to write it, or its password was changed again since.");
    }

    private static ChangeResult Restored(JournalEntry entry, WriteOutcome outcome) => outcome.Status switch
    {
        WriteStatus.Written => Result(entry, ChangeStatus.Changed, null, "The password it had before the run holds again."),
        WriteStatus.Conflict => Result(entry, ChangeStatus.Skipped, null, "The run did not get to write it, or its password was changed again since; it was left as it is."),
        WriteStatus.NotFound => Result(entry, ChangeStatus.Failed, ErrorIds.MailboxNotFound, $"{entry.Account.Address} does not exist any more."),
        _ => Result(entry, ChangeStatus.Failed, outcome.ErrorId ?? ErrorIds.WriteFailed, outcome.Message ?? "The store refused the old hash."),
    };

    private static ChangeResult Result(JournalEntry entry, ChangeStatus status, string? errorId, string? message, bool handPasswordOn = false) => new()
    {
        Mailbox = entry.Account.Address.Value,
        Domain = entry.Account.Address.Domain,
        Status = status,
        Password = handPasswordOn ? entry.Password : null,
        ErrorId = errorId,
        Message = message,
        Time = DateTimeOffset.UtcNow,
    };

    private async IAsyncEnumerable<List<JournalEntry>> BatchesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new Dictionary<MailboxAddress, JournalEntry>();
        await foreach (var entry in JournalReader.ReadAsync(path, cancellationToken).ConfigureAwait(false))
        {
            // Recorded twice (its first write met a conflict): the last record is the one that was written.
            if (batch.Remove(entry.Account.Address, out var earlier))
            {
                earlier.Password?.Dispose();
            }

            batch.Add(entry.Account.Address, entry);
            if (batch.Count >= BatchSize)
            {
                yield return [.. batch.Values];
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            yield return [.. batch.Values];
        }
    }
}
