using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Writes old hashes back to the store. A write that was begun is completed, and every row's outcome is reported.</summary>
internal static class InverseWrites
{
    /// <summary>The write that puts the old hash and its dates back in place of a new hash.</summary>
    /// <param name="before">The mailbox as it was read before the change.</param>
    /// <param name="newHash">The hash that it must still have.</param>
    public static HashWrite Of(MailboxAccount before, string newHash) => new()
    {
        Account = new MailboxAccount { Address = before.Address, StoreKey = before.StoreKey, State = before.State, PasswordHash = newHash },

        // If there was no hash, an empty one accepts no password either.
        NewHash = before.PasswordHash ?? string.Empty,
        PutBack = before.Bookkeeping,
        Undoes = true,
        Time = DateTimeOffset.UtcNow,
    };

    /// <summary>Writes them.</summary>
    /// <param name="store">The store.</param>
    /// <param name="writes">The old hashes, each in place of the new one.</param>
    /// <returns>One outcome for each. If the store was lost in the middle, the writes that it did not reach count as refused.</returns>
    /// <exception cref="MailPassException">The store cannot be reached; nothing was written.</exception>
    public static async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IMailboxStore store, IReadOnlyList<HashWrite> writes)
    {
        if (writes.Any(IsByStore))
        {
            // If the store hashed the password, nobody knows the hash, nor what else the store derived from the password.
            var others = writes.Where(write => !IsByStore(write)).ToList();
            var rest = new Queue<WriteOutcome>(others.Count == 0 ? [] : await WriteAsync(store, others).ConfigureAwait(false));
            return [.. writes.Select(write => IsByStore(write) ? new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, ByStore) : rest.Dequeue())];
        }

        // One statement writes the same columns in all of its rows, but an older schema or version may have recorded other columns.
        var groups = Enumerable.Range(0, writes.Count).GroupBy(i => writes[i].PutBack is { } before ? string.Join('\n', before.Places) : null).ToList();
        if (groups.Count <= 1)
        {
            return await WriteAlikeAsync(store, writes).ConfigureAwait(false);
        }

        var outcomes = new WriteOutcome?[writes.Count];
        foreach (var group in groups)
        {
            try
            {
                foreach (var (i, outcome) in group.Zip(await WriteAlikeAsync(store, [.. group.Select(i => writes[i])]).ConfigureAwait(false)))
                {
                    outcomes[i] = outcome;
                }
            }
            catch (MailPassException fault) when (Array.Exists(outcomes, outcome => outcome is not null))
            {
                return [.. outcomes.Select(outcome => outcome ?? new WriteOutcome(WriteStatus.Failed, fault.ErrorId, fault.Message))];
            }
        }

        return Array.ConvertAll(outcomes, outcome => outcome!.Value);
    }

    /// <summary>Why the old hash is not put back if the store made the new one.</summary>
    public const string ByStore = "The store hashed the password itself and changed other keys (Samba's, for example) with it. MailPass did not read those before, so it cannot put the old password back. Reset the mailbox instead";

    private static bool IsByStore(HashWrite write) => write.Account.PasswordHash == HashWrite.ByStore;

    private static async ValueTask<IReadOnlyList<WriteOutcome>> WriteAlikeAsync(IMailboxStore store, IReadOnlyList<HashWrite> writes)
    {
        try
        {
            return await store.WriteAsync(writes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (InterruptedWriteException fault)
        {
            return [.. fault.Outcomes.Select(outcome => outcome ?? new WriteOutcome(WriteStatus.Failed, fault.ErrorId, fault.Message))];
        }
    }
}
