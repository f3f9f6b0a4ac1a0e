using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Journals;

/// <summary>Uses the journal of a run: shows the passwords that the run set, or undoes the run.</summary>
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

    /// <summary>The systems in which the run replaced copies of passwords; undoing the run puts the copies back too. If a system is missing, the rows say so.</summary>
    public IReadOnlyList<ISessionAuthority> SessionAuthorities { get; init; } = [];

    /// <summary>Whether to use the intact lines of a damaged journal; otherwise a damaged journal is an error.</summary>
    public bool Salvage { get; init; }

    /// <summary>Certificates with private keys, for a run whose key is sealed to recipients.</summary>
    public X509Certificate2Collection? Certificates { get; init; }

    /// <summary>The digest of the last line according to the index of runs; <see langword="null"/> if the index has none.</summary>
    public string? LastDigest { get; init; }

    /// <summary>The journal of the restore itself, which is a run too; <see langword="null"/> for none.</summary>
    public IChangeJournal? Journal { get; set; }

    /// <summary>Whether passwords are wanted. Undoing a run needs none, so then a missing key gets no remark.</summary>
    public bool TellsPasswords { get; init; } = true;

    /// <summary>Remarks about the journal (damaged, incomplete last line, interrupted, without its key), one sentence each. Complete once it was opened.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>How many rows there will be; <see langword="null"/> until the journal was opened.</summary>
    public long? Total => _journal is null ? null : Only?.Count ?? _journal.Count;

    /// <summary>
    /// What ended the restore: the store was lost while it was written. The rows of the changes under way carry the same fault, so a head
    /// reports it once (<see cref="RunFaults.IsCauseOf"/>) and ends.
    /// </summary>
    public MailPassException? Fault { get; private set; }

    /// <summary>Whether the run's passwords can be read.</summary>
    public bool HasPasswords => _journal?.Key is not null;

    /// <summary>The first line. Complete once the journal was opened.</summary>
    public JournalHeader? Header => _journal?.Header;

    private RestoredCopies Copies => _copies ??= new(_journal!, SessionAuthorities);

    /// <summary>Reads and verifies the journal; every other member does this first if needed.</summary>
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
            throw new MailPassException(fault.ErrorId, fault.Message, "Nothing was done. If the journal is damaged, --salvage (-Salvage) uses its intact lines.", fault);
        }

        var remarks = new List<string>();
        if (_journal.Damaged.Count > 0)
        {
            remarks.Add(FormattableString.Invariant($"The journal is damaged: {_journal.Damaged.Count} of its lines do not fit, the first in line {_journal.Damaged[0]}. Only intact lines are used."));
        }

        if (_journal.Summary is null)
        {
            remarks.Add($"The run {_journal.Header.Run} was interrupted{(_journal.IsTorn ? "; its last line is incomplete, so nothing of that line reached the store" : string.Empty)}.");
        }

        if (_journal.Key is null && TellsPasswords)
        {
            remarks.Add(_journal.Header.Envelope is not null ? "The run's key is sealed to its recipients, and no private key was given: its passwords cannot be read."
                : _journal.Summary is not null ? "Every row of the run was delivered and its key was destroyed: its passwords can no longer be read."
                : "The run's key is not beside its journal: its passwords cannot be read.");
        }

        Remarks = remarks;
    }

    /// <summary>
    /// Reports for every recorded change whether it reached the store. One that did is <see cref="ChangeStatus.Changed"/> and has its
    /// generated password. One that did not, or whose mailbox was changed again since, is <see cref="ChangeStatus.Skipped"/>.
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
    /// Puts the old hash of every recorded change back, but only if the mailbox still has the hash that the run wrote.
    /// A change that was put back is <see cref="ChangeStatus.Changed"/>; one whose mailbox has another hash by now is
    /// <see cref="ChangeStatus.Skipped"/>.
    /// </summary>
    /// <param name="whatIf">Whether to report only what would be put back (<see cref="ChangeStatus.Skipped"/>) and to write nothing.</param>
    /// <param name="cancellationToken">Stops after the batch in flight.</param>
    /// <exception cref="MailPassException">The journal or the store cannot be reached; thrown after the rows of what was done so far.</exception>
    public async IAsyncEnumerable<ChangeResult> RestoreAsync(bool whatIf = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // A store that has the old hash already would answer that it was written.
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
    /// The recorded changes in the order of the run, in chunks, each mailbox once, for a caller that decides about each. A mailbox
    /// whose first write met a conflict was recorded again: the last record counts.
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

    /// <summary>Finds the changes that cannot be put back, because the store does not have what the run wrote. Writes nothing.</summary>
    /// <param name="entries">Recorded changes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>For each, the row that says why; <see langword="null"/> if it can be put back.</returns>
    /// <exception cref="MailPassException">The store cannot be read.</exception>
    public async ValueTask<IReadOnlyList<ChangeResult?>> CheckAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var accounts = await FindAsync(entries, cancellationToken).ConfigureAwait(false);
        var verdicts = entries.Select((entry, i) =>
            Refused(entry, MailboxActions.Restore)
            // A hash that the store made is not put back, whether or not the run's password is in force.
            ?? (entry.NewHash == HashWrite.ByStore && accounts[i] is { } there && (string.IsNullOrEmpty(there.PasswordHash) || !HasOldHash(entry, there))
                ? Result(entry, ChangeStatus.Failed, ErrorIds.WriteFailed, InverseWrites.ByStore + ".")
                : Check(entry, accounts[i], store.Info))).ToArray();
        for (var i = 0; i < verdicts.Length; i++)
        {
            // An earlier restore put the hash back without the copies: it was stopped, or the system was not connected.
            if (verdicts[i] is { ErrorId: not ErrorIds.OutOfScope } && accounts[i] is { } account && HasOldHash(entries[i], account)
                && Copies.MayPutBack(account.Address))
            {
                verdicts[i] = null;
            }
        }

        return verdicts;
    }

    /// <summary>Reports for some recorded changes whether they reached the store, as <see cref="RecoverAsync(CancellationToken)"/> does for all.</summary>
    /// <param name="entries">Recorded changes; their passwords go into the rows or are disposed of.</param>
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

        // Not cancelled: a batch that was begun is completed, and its outcome is reported.
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
        Result(entry, ChangeStatus.Skipped, null, "Would get back the password from before the run.");

    /// <summary>The row of a change that the user declined to undo.</summary>
    /// <param name="entry">The change.</param>
    public static ChangeResult Declined(JournalEntry entry) => Result(entry, ChangeStatus.Skipped, null, "The confirmation was declined.");

    /// <summary>A failed row for each mailbox of <see cref="Only"/> that is not in the journal.</summary>
    public IEnumerable<ChangeResult> Missing() => _missing.OrderBy(mailbox => mailbox.Value, StringComparer.Ordinal).Select(mailbox => new ChangeResult
    {
        Mailbox = mailbox.Value,
        Domain = mailbox.Domain,
        Status = ChangeStatus.Failed,
        ErrorId = ErrorIds.MailboxNotFound,
        Message = $"The journal has no change of {mailbox}.",
        Time = DateTimeOffset.UtcNow,
    });

    /// <summary>Records a restore like any other change, before the store receives it, so that it can be undone too.</summary>
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

    // A mailbox that had no hash gets back an empty one, which does not accept any password either.
    private static bool HasOldHash(JournalEntry entry, MailboxAccount account) =>
        string.Equals(account.PasswordHash ?? string.Empty, entry.Account.PasswordHash ?? string.Empty, StringComparison.Ordinal);

    private static ChangeResult? Check(JournalEntry entry, MailboxAccount? account, StoreInfo info) =>
        account is null ? Result(entry, ChangeStatus.Failed, ErrorIds.MailboxNotFound, $"{entry.Account.Address} does not exist any more.")
        : entry.Stands(account.PasswordHash, info) is not { } stands ? Result(entry, ChangeStatus.Failed, ErrorIds.WriteUnknown, "The store hashed the password itself, so its hash does not show whether the run's password still works.", handPasswordOn: true)
        : stands ? null
        : HasOldHash(entry, account) ? Result(entry, ChangeStatus.Skipped, null, "It has the password from before the run: the run did not write the new one, or the old one was put back already.")
        : Result(entry, ChangeStatus.Skipped, null, "Its password was changed again since the run.");

    private static ChangeResult Restored(JournalEntry entry, WriteOutcome outcome) => outcome.Status switch
    {
        WriteStatus.Written => Result(entry, ChangeStatus.Changed, null, "The password from before the run works again."),
        WriteStatus.Conflict => Result(entry, ChangeStatus.Skipped, null, "Its password was changed again since the run; it was left as it is."),
        WriteStatus.NotFound => Result(entry, ChangeStatus.Failed, ErrorIds.MailboxNotFound, $"{entry.Account.Address} does not exist any more."),
        _ => Result(entry, ChangeStatus.Failed, outcome.ErrorId ?? ErrorIds.WriteFailed, outcome.Message ?? "The store refused the old hash."),
    };

    private ChangeResult Recovered(JournalEntry entry) => Result(
        entry,
        ChangeStatus.Changed,
        null,
        entry.IsGenerated && entry.Password is null ? "Changed; its password cannot be read from this journal."
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
