using System.Collections;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Records hashed changes in the journal, then writes them to the store.</summary>
internal sealed class ChangeWriter(IMailboxStore store, ChangeRunOptions options)
{
    // Three conflicts in a row at the same mailbox are not a coincidence.
    private const int Attempts = 3;

    /// <summary>Records a hashed batch, which may be written from then on. If this throws, every pending change has failed.</summary>
    /// <exception cref="MailPassException">The journal is gone.</exception>
    public async ValueTask RecordAsync(ChangeBatch batch)
    {
        try
        {
            await JournalAsync(batch.Pending.ToList()).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            Fail(batch.Pending, fault);
            throw;
        }
    }

    /// <summary>Writes a recorded batch. Every pending change is decided afterwards, even if this throws.</summary>
    /// <exception cref="MailPassException">The store or the journal is gone.</exception>
    public ValueTask WriteAsync(ChangeBatch batch) => WriteAsync(batch, batch.Pending.ToList());

    /// <summary>Writes some pending changes of a recorded batch; the others stay pending unless this throws.</summary>
    /// <exception cref="MailPassException">The store or the journal is gone.</exception>
    public async ValueTask WriteAsync(ChangeBatch batch, List<Change> pending)
    {
        try
        {
            for (var attempt = 1; pending.Count > 0; attempt++)
            {
                if (attempt > 1)
                {
                    await JournalAsync(pending).ConfigureAwait(false);
                }

                var conflicts = await WriteOnceAsync(pending).ConfigureAwait(false);
                pending = conflicts.Count == 0 || attempt == Attempts ? [] : await ReadAgainAsync(conflicts).ConfigureAwait(false);
            }
        }
        catch (Exception fault)
        {
            Fail(batch.Changes.Where(change => change.IsPending || change.ErrorId is ErrorIds.WriteConflict), fault);
            throw;
        }
        finally
        {
            if (store.Info.ReaderLag > TimeSpan.Zero)
            {
                batch.InForce = Task.Delay(store.Info.ReaderLag);
            }
        }
    }

    /// <summary>Stops the pending changes of a recorded batch, and notes that they did not reach the store.</summary>
    public async ValueTask StopAsync(ChangeBatch batch)
    {
        var pending = batch.Pending.ToList();
        foreach (var change in pending)
        {
            change.Stop();
        }

        if (options.Journal is { } journal && pending.Count > 0)
        {
            await journal.SettleAsync(Entries(pending), new bool[pending.Count]).ConfigureAwait(false);
        }
    }

    private static void Fail(IEnumerable<Change> changes, Exception fault) => changes.ToList().ForEach(change => change.FailWithRun(fault));

    private ValueTask JournalAsync(List<Change> pending) => options.Journal is { } journal && pending.Count > 0
        ? journal.RecordAsync(Entries(pending), CancellationToken.None)
        : ValueTask.CompletedTask;

    /// <returns>The changes whose mailbox had another hash than was read.</returns>
    private async ValueTask<List<Change>> WriteOnceAsync(List<Change> pending)
    {
        // From here on nothing is cancelled: a batch that was begun is completed, and its outcome is reported.
        var now = DateTimeOffset.UtcNow;
        var writes = pending.ConvertAll(change => new HashWrite { Account = change.Account!, NewHash = change.NewHash!, Password = store.Info.HashesItself ? change.Password : null, ForceChange = options.ForceChange, Time = now });
        IReadOnlyList<WriteOutcome> outcomes;
        try
        {
            outcomes = await store.WriteAsync(writes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (InterruptedWriteException fault)
        {
            // The rest is still pending, and fails with the fault.
            foreach (var (change, outcome) in pending.Zip(fault.Outcomes))
            {
                if (outcome is { } certain)
                {
                    Settle(change, certain);
                }
            }

            throw;
        }

        var conflicts = new List<Change>();
        for (var i = 0; i < pending.Count; i++)
        {
            Settle(pending[i], outcomes[i]);
            if (outcomes[i].Status is WriteStatus.Conflict)
            {
                conflicts.Add(pending[i]);
            }
        }

        if (options.Journal is not null)
        {
            await options.Journal.SettleAsync(Entries(pending), pending.ConvertAll(change => change.Status is ChangeStatus.Changed)).ConfigureAwait(false);
        }

        return conflicts;
    }

    private void Settle(Change change, WriteOutcome outcome)
    {
        switch (outcome.Status)
        {
            case WriteStatus.Written:
                change.Decide(ChangeStatus.Changed, message: outcome.Message);
                change.ForcedChange = options.ForceChange ? store.Info.ForceChange : null;
                break;
            case WriteStatus.NotFound:
                change.Fail(ErrorIds.MailboxNotFound, $"{change.Address} was deleted while the run was under way.");
                break;
            case WriteStatus.Conflict:
                change.Fail(ErrorIds.WriteConflict, $"The password of {change.Address} was changed by someone else at the same moment; it was left as they set it.");
                break;
            case WriteStatus.Unknown:
                change.Fail(
                    outcome.ErrorId ?? ErrorIds.WriteUnknown,
                    $"{change.Address}: {outcome.Message ?? "the connection was lost while the change was being committed."} Either the old or the new password works; keep both until you have tried.");
                break;
            default:
                change.Fail(outcome.ErrorId ?? ErrorIds.WriteFailed, $"The store refused the new hash of {change.Address}: {outcome.Message}");
                break;
        }
    }

    /// <summary>
    /// An admin's change does not depend on the old hash, so the mailbox is read again and written once more. A self-service change
    /// was permitted because of the old hash, which is no longer there: it stays refused.
    /// </summary>
    private async ValueTask<List<Change>> ReadAgainAsync(List<Change> conflicts)
    {
        var again = conflicts.FindAll(change => change.Request.CurrentPassword is null);
        if (again.Count == 0)
        {
            return again;
        }

        var accounts = await store.FindAsync(again.ConvertAll(change => change.Address!), CancellationToken.None).ConfigureAwait(false);
        for (var i = 0; i < again.Count; i++)
        {
            Reconsider(again[i], accounts[i], options.KeepNewer);
        }

        return again.FindAll(change => change.IsPending);
    }

    private static void Reconsider(Change change, MailboxAccount? account, bool keepNewer)
    {
        if (account is null)
        {
            change.Fail(ErrorIds.MailboxNotFound, $"{change.Address} was deleted while the run was under way.");
            return;
        }

        if (string.Equals(account.PasswordHash, change.Account!.PasswordHash, StringComparison.Ordinal))
        {
            change.Fail(ErrorIds.WriteFailed, $"The store left the hash of {change.Address} as it was, although nobody else changed it: a rule of the database (row-level security, a trigger) prevents the change, or this login may not write that row.");
            return;
        }

        change.Reopen();
        var at = account.PasswordChanged is { } time && time != change.Account.PasswordChanged ? $" at {ChangeCheck.Clock(time)}" : string.Empty;
        change.NoteOwnersChange($"Someone else changed the password of {change.Address}{at} while the run was under way", keepNewer);
        if (!change.IsPending)
        {
            return;
        }

        change.Account = account;
        ChangeCheck.CheckAccount(change, account);
    }

    private static List<JournalEntry> Entries(List<Change> changes) =>
        changes.ConvertAll(change => new JournalEntry(change.Account!, change.PasswordWasGenerated ? change.Password : null, change.NewHash!));
}
