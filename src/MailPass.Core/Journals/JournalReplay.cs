using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Journals;

/// <summary>What can be done with the journal of a run: learn the passwords that it set, or undo it.</summary>
/// <param name="store">The store that the run wrote to; it stays the caller's.</param>
/// <param name="path">The journal.</param>
public sealed class JournalReplay(IMailboxStore store, string path)
{
    private const int BatchSize = 1000;

    private readonly HashSet<MailboxAddress> _missing = [];
    private JournalFile? _journal;
    private RestoredCopies? _copies;

    /// <summary>Only these mailboxes; <see langword="null"/> for all that the journal has.</summary>
    public IReadOnlySet<MailboxAddress>? Only { get; init; }

    /// <summary>The systems in which the run replaced copies of passwords: undoing it puts these back too. Where one is missing, its rows say so.</summary>
    public IReadOnlyList<ISessionAuthority> SessionAuthorities { get; init; } = [];

    /// <summary>Whether the intact lines of a damaged journal are used; otherwise nothing is done with it.</summary>
    public bool Salvage { get; init; }

    /// <summary>Certificates with private keys, for a run whose key is sealed to recipients.</summary>
    public X509Certificate2Collection? Certificates { get; init; }

    /// <summary>The digest of the last line, as the index of runs has it; <see langword="null"/> if it has none.</summary>
    public string? LastDigest { get; init; }

    /// <summary>The journal of the undoing itself, which is a run too; <see langword="null"/> for none.</summary>
    public IChangeJournal? Journal { get; set; }

    /// <summary>Whether passwords are asked for; undoing a run needs none, so a key that is gone is not worth a remark.</summary>
    public bool TellsPasswords { get; init; } = true;

    /// <summary>What must be said of the journal as it was found (damaged, torn, interrupted, without its key), one sentence each. Complete once it was opened.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>How many rows there will be; <see langword="null"/> until the journal was opened.</summary>
    public long? Total => _journal is null ? null : Only?.Count ?? _journal.Count;

    /// <summary>
    /// What ended the undoing: the store was lost while it was written. The rows of what was under way have it too, so a head
    /// tells it once (<see cref="RunFaults.IsCauseOf"/>) and ends.
    /// </summary>
    public MailPassException? Fault { get; private set; }

    /// <summary>Whether the run's passwords can be told.</summary>
    public bool HasPasswords => _journal?.Key is not null;

    /// <summary>The first line. Complete once the journal was opened.</summary>
    public JournalHeader? Header => _journal?.Header;

    private RestoredCopies Copies => _copies ??= new(_journal!, SessionAuthorities);

    /// <summary>Reads and proves the journal; every other member does it when it is needed.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>: it cannot be read or is damaged, and nothing is done with it.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        if (_journal is not null)
        {
            return;
        }

        try
        {
            _journal = await JournalFile.OpenAsync(path, Salvage, Certificates, LastDigest, cancellationToken).ConfigureAwait(false);
        }
        catch (MailPassException fault) when (fault is { ErrorId: ErrorIds.JournalUnreadable, Remedy: null } && !Salvage)
        {
            throw new MailPassException(fault.ErrorId, fault.Message, "Nothing was done with it. If it is damaged, its intact lines can be used with --salvage (-Salvage).", fault);
        }

        var remarks = new List<string>();
        if (_journal.Damaged.Count > 0)
        {
            remarks.Add(FormattableString.Invariant($"The journal is damaged: {_journal.Damaged.Count} of its lines do not fit, the first in line {_journal.Damaged[0]}. Only intact lines are used."));
        }

        if (_journal.Summary is null)
        {
            remarks.Add($"The run {_journal.Header.Run} was interrupted{(_journal.IsTorn ? "; its last line was not written to its end, so the store never heard of it" : string.Empty)}.");
        }

        if (_journal.Key is null && TellsPasswords)
        {
            remarks.Add(_journal.Header.Envelope is not null ? "The run's key is sealed to its recipients, and no private key was given: passwords cannot be told."
                : _journal.Summary is not null ? "Every row of the run was delivered and its key destroyed: passwords cannot be told any more."
                : "The run's key is not beside its journal: passwords cannot be told.");
        }

        Remarks = remarks;
    }

    /// <summary>
    /// Tells for every recorded change whether it reached the store. What did comes out as <see cref="ChangeStatus.Changed"/>
    /// with its generated password; what did not, or has been changed again since, as <see cref="ChangeStatus.Skipped"/>.
    /// Writes nothing.
    /// </summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException">The journal or the store cannot be read.</exception>
    public async IAsyncEnumerable<ChangeResult> RecoverAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var result in await RecoverAsync(batch, cancellationToken).ConfigureAwait(false))
            {
                yield return result;
            }
        }

        foreach (var missing in Missing())
        {
            yield return missing;
        }
    }

    /// <summary>
    /// Puts the old hash of every recorded change back, only where the mailbox still has the hash that the run wrote.
    /// What was put back comes out as <see cref="ChangeStatus.Changed"/>; what has another hash by now as
    /// <see cref="ChangeStatus.Skipped"/>.
    /// </summary>
    /// <param name="whatIf">Only says what would be put back (<see cref="ChangeStatus.Skipped"/>), and writes nothing.</param>
    /// <param name="cancellationToken">Stops after the batch in flight.</param>
    /// <exception cref="MailPassException">The journal or the store cannot be reached; thrown after the rows of what was done so far.</exception>
    public async IAsyncEnumerable<ChangeResult> RestoreAsync(bool whatIf = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // A store that already holds the old hash would answer that it was written.
            var rows = (await CheckAsync(batch, cancellationToken).ConfigureAwait(false)).ToArray();
            var open = Enumerable.Range(0, rows.Length).Where(i => rows[i] is null).ToList();
            var results = whatIf ? open.ConvertAll(i => WouldBeRestored(batch[i]))
                : open.Count > 0 ? await RestoreAsync(open.ConvertAll(i => batch[i])).ConfigureAwait(false)
                : [];
            foreach (var (i, result) in open.Zip(results))
            {
                rows[i] = result;
            }

            foreach (var (entry, row) in batch.Zip(rows))
            {
                entry.Password?.Dispose();
                yield return row!;
            }

            if (Fault is not null)
            {
                throw Fault;
            }
        }

        foreach (var missing in Missing())
        {
            yield return missing;
        }
    }

    /// <summary>
    /// The recorded changes, some at a time, for a caller that decides about each; in the order of the run, each mailbox
    /// once. One whose first write met a conflict was recorded again: the last record is the one that counts.
    /// </summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The changes; the receiver disposes of each password.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public async IAsyncEnumerable<IReadOnlyList<JournalEntry>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        _missing.Clear();
        _missing.UnionWith(Only ?? new HashSet<MailboxAddress>());
        var batch = new List<JournalEntry>();
        await foreach (var entry in _journal!.ReadEntriesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Only?.Contains(entry.Account.Address) == false)
            {
                entry.Password?.Dispose();
                continue;
            }

            _missing.Remove(entry.Account.Address);
            batch.Add(entry);
            if (batch.Count == BatchSize)
            {
                yield return batch;
                batch = [];
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    /// <summary>What cannot be put back, because the store does not have what the run wrote. Writes nothing.</summary>
    /// <param name="entries">Recorded changes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>For each, the row that says why; <see langword="null"/> where the mailbox still has the run's hash.</returns>
    /// <exception cref="MailPassException">The store cannot be read.</exception>
    public async ValueTask<IReadOnlyList<ChangeResult?>> CheckAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var accounts = await FindAsync(entries, cancellationToken).ConfigureAwait(false);
        var verdicts = entries.Select((entry, i) =>
            Refused(entry, MailboxActions.Restore)
            // Whether the run's password holds or not: what the store made of it is not put back.
            ?? (entry.NewHash == HashWrite.ByStore && accounts[i] is { } there && (string.IsNullOrEmpty(there.PasswordHash) || !HasOldHash(entry, there))
                ? Result(entry, ChangeStatus.Failed, ErrorIds.WriteFailed, InverseWrites.ByStore + ".")
                : Check(entry, accounts[i], store.Info))).ToArray();
        for (var i = 0; i < verdicts.Length; i++)
        {
            // Restored before, by a call that did not know the system or was stopped: its copies are still to come.
            if (verdicts[i] is { ErrorId: not ErrorIds.OutOfScope } && accounts[i] is { } account && HasOldHash(entries[i], account)
                && Copies.MayPutBack(account.Address))
            {
                verdicts[i] = null;
            }
        }

        return verdicts;
    }

    /// <summary>Tells for some recorded changes whether they reached the store, as <see cref="RecoverAsync(CancellationToken)"/> does for all.</summary>
    /// <param name="entries">Recorded changes; their passwords are handed on or disposed of.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>One row for each, in their order.</returns>
    /// <exception cref="MailPassException">The store cannot be read.</exception>
    public async ValueTask<IReadOnlyList<ChangeResult>> RecoverAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var accounts = await FindAsync(entries, cancellationToken).ConfigureAwait(false);
        var verdicts = entries.Select((entry, i) => Refused(entry, MailboxActions.Recover) ?? Check(entry, accounts[i], store.Info)).ToArray();
        foreach (var (entry, verdict) in entries.Zip(verdicts))
        {
            if (verdict is { Password: null })
            {
                entry.Password?.Dispose();
            }
        }

        return [.. entries.Select((entry, i) => verdicts[i] ?? Recovered(entry))];
    }

    /// <summary>Puts the old hashes of some recorded changes back, in one transaction; each only where the mailbox still has the run's.</summary>
    /// <param name="entries">Recorded changes.</param>
    /// <returns>One row for each, in their order; after them, see <see cref="Fault"/>.</returns>
    /// <exception cref="MailPassException">The store cannot be reached.</exception>
    public async ValueTask<IReadOnlyList<ChangeResult>> RestoreAsync(IReadOnlyList<JournalEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);

        var recorded = await RecordAsync(entries).ConfigureAwait(false);

        // Not cancelled: what was begun is carried through, and its outcome is reported.
        var outcomes = await InverseWrites.WriteAsync(store, [.. entries.Select(entry => InverseWrites.Of(entry.Account, entry.NewHash))]).ConfigureAwait(false);
        if (Journal is not null)
        {
            await Journal.SettleAsync(recorded, [.. outcomes.Select(outcome => outcome.Status is WriteStatus.Written)]).ConfigureAwait(false);
        }

        var results = entries.Select((entry, i) => Restored(entry, outcomes[i])).ToArray();
        if (Array.Find(results, RunFaults.IsCauseOf) is { } lost)
        {
            Fault = new MailPassException(lost.ErrorId!, lost.Message!);
        }

        var copies = await Copies.PutBackAsync([.. entries.Where((_, i) => results[i].Status is ChangeStatus.Changed).Select(entry => entry.Account.Address)]).ConfigureAwait(false);
        return [.. entries.Zip(results, (entry, result) => result.Status is ChangeStatus.Changed && copies.TryGetValue(entry.Account.Address, out var some)
            ? Result(entry, ChangeStatus.Changed, some.Left ? ErrorIds.SessionAuthorityUnreachable : null, $"{result.Message} {some.Remark}")
            : result)];
    }

    /// <summary>The row of a change that a dry run would put back.</summary>
    /// <param name="entry">The change.</param>
    public static ChangeResult WouldBeRestored(JournalEntry entry) =>
        Result(entry, ChangeStatus.Skipped, null, "Would get back the password it had before the run.");

    /// <summary>The row of a change that somebody decided to leave.</summary>
    /// <param name="entry">The change.</param>
    public static ChangeResult Declined(JournalEntry entry) => Result(entry, ChangeStatus.Skipped, null, "The confirmation was declined.");

    /// <summary>The mailboxes of <see cref="Only"/> that the journal, once read to its end, did not have: a failure each.</summary>
    public IEnumerable<ChangeResult> Missing() => _missing.OrderBy(mailbox => mailbox.Value, StringComparer.Ordinal).Select(mailbox => new ChangeResult
    {
        Mailbox = mailbox.Value,
        Domain = mailbox.Domain,
        Status = ChangeStatus.Failed,
        ErrorId = ErrorIds.MailboxNotFound,
        Message = $"The journal has no change of {mailbox}.",
        Time = DateTimeOffset.UtcNow,
    });

    /// <summary>Undoing is a change like any other: it is recorded before the store hears of it, so that it can be undone.</summary>
    private async ValueTask<IReadOnlyList<JournalEntry>> RecordAsync(IReadOnlyList<JournalEntry> entries)
    {
        if (Journal is null)
        {
            return [];
        }

        var accounts = await FindAsync(entries, CancellationToken.None).ConfigureAwait(false);
        JournalEntry[] inverse = [.. entries.Select((entry, i) => new JournalEntry(
            new MailboxAccount { Address = entry.Account.Address, StoreKey = entry.Account.StoreKey, PasswordHash = entry.NewHash, Bookkeeping = accounts[i]?.Bookkeeping },
            null,
            entry.Account.PasswordHash ?? string.Empty))];
        await Journal.RecordAsync(inverse, CancellationToken.None).ConfigureAwait(false);
        return inverse;
    }

    private ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken) =>
        store.FindAsync([.. entries.Select(entry => entry.Account.Address)], cancellationToken);

    private ChangeResult? Refused(JournalEntry entry, MailboxActions action) =>
        store.Info.Scope.Refusal(entry.Account.Address, action) is { } refusal ? Result(entry, ChangeStatus.Failed, refusal.ErrorId, $"{refusal.Message} {refusal.Remedy}") : null;

    // Whoever had none was given an empty one, which lets nobody in either.
    private static bool HasOldHash(JournalEntry entry, MailboxAccount account) =>
        string.Equals(account.PasswordHash ?? string.Empty, entry.Account.PasswordHash ?? string.Empty, StringComparison.Ordinal);

    private static ChangeResult? Check(JournalEntry entry, MailboxAccount? account, StoreInfo info) =>
        account is null ? Result(entry, ChangeStatus.Failed, ErrorIds.MailboxNotFound, $"{entry.Account.Address} does not exist any more.")
        : entry.Stands(account.PasswordHash, info) is not { } stands ? Result(entry, ChangeStatus.Failed, ErrorIds.WriteUnknown, "The store hashed its password itself, so nobody can tell from its hash whether the run's password holds.", handPasswordOn: true)
        : stands ? null
        : HasOldHash(entry, account) ? Result(entry, ChangeStatus.Skipped, null, "It has the password from before the run: the run did not get to write it, or it was put back already.")
        : Result(entry, ChangeStatus.Skipped, null, "Its password was changed again since the run.");

    private static ChangeResult Restored(JournalEntry entry, WriteOutcome outcome) => outcome.Status switch
    {
        WriteStatus.Written => Result(entry, ChangeStatus.Changed, null, "The password it had before the run holds again."),
        WriteStatus.Conflict => Result(entry, ChangeStatus.Skipped, null, "Its password was changed again since the run; it was left as it is."),
        WriteStatus.NotFound => Result(entry, ChangeStatus.Failed, ErrorIds.MailboxNotFound, $"{entry.Account.Address} does not exist any more."),
        _ => Result(entry, ChangeStatus.Failed, outcome.ErrorId ?? ErrorIds.WriteFailed, outcome.Message ?? "The store refused the old hash."),
    };

    private ChangeResult Recovered(JournalEntry entry) => Result(
        entry,
        ChangeStatus.Changed,
        null,
        entry.IsGenerated && entry.Password is null ? "Changed; its password cannot be told from this journal."
            : Salvage && _journal!.Damaged.Count > 0 ? "From an intact line of a damaged journal."
            : null,
        handPasswordOn: true);

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
}
