using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>What can be done with the journal of a run: learn the passwords that it set, or undo it.</summary>
/// <param name="store">The store that the run wrote to; it stays the caller's.</param>
/// <param name="path">The journal.</param>
public sealed class JournalReplay(IMailboxStore store, string path)
{
    private const int BatchSize = 1000;

    private readonly HashSet<MailboxAddress> _missing = [];
    private RestoredCopies? _copies;

    /// <summary>Only these mailboxes; <see langword="null"/> for all that the journal has.</summary>
    public IReadOnlySet<MailboxAddress>? Only { get; init; }

    /// <summary>The systems in which the run replaced copies of passwords: undoing it puts these back too. Where one is missing, its rows say so.</summary>
    public IReadOnlyList<ISessionAuthority> SessionAuthorities { get; init; } = [];

    private RestoredCopies Copies => _copies ??= new(path, SessionAuthorities);

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
    /// <exception cref="MailPassException">The journal or the store cannot be reached.</exception>
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
        _missing.Clear();
        _missing.UnionWith(Only ?? new HashSet<MailboxAddress>());

        // Only whom the store refused is recorded again, and with the batch that follows: nothing else is held back.
        var open = new List<JournalEntry>();
        var refused = new Dictionary<MailboxAddress, JournalEntry>();
        var settled = new List<JournalEntry>();
        await foreach (var line in JournalReader.ReadLinesAsync(path, onlyCopies: false, cancellationToken).ConfigureAwait(false))
        {
            if (line.Entry is { } entry)
            {
                Take(entry);
            }
            else if (line.Refused is { } names)
            {
                settled.AddRange(refused.Values);
                refused.Clear();
                foreach (var written in open.Where(written => !names.Contains(written.Account.Address) || !refused.TryAdd(written.Account.Address, written)))
                {
                    settled.Add(written);
                }

                open.Clear();
                foreach (var batch in Whole(settled))
                {
                    yield return batch;
                }
            }
        }

        settled.AddRange(refused.Values);
        settled.AddRange(open);
        foreach (var batch in settled.Chunk(BatchSize))
        {
            yield return batch;
        }

        void Take(JournalEntry entry)
        {
            var mailbox = entry.Account.Address;
            if (Only?.Contains(mailbox) == false)
            {
                entry.Password?.Dispose();
                return;
            }

            _missing.Remove(mailbox);
            if (refused.Remove(mailbox, out var earlier))
            {
                earlier.Password?.Dispose();
            }

            open.Add(entry);
        }

        // What is left over waits for the next batch.
        static IEnumerable<IReadOnlyList<JournalEntry>> Whole(List<JournalEntry> settled)
        {
            var whole = settled.Count - (settled.Count % BatchSize);
            var batches = settled.Take(whole).Chunk(BatchSize).ToArray();
            settled.RemoveRange(0, whole);
            return batches;
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
        var verdicts = entries.Select((entry, i) => Check(entry, accounts[i])).ToArray();
        for (var i = 0; i < verdicts.Length; i++)
        {
            // Restored before, by a call that did not know the system or was stopped: its copies are still to come.
            if (verdicts[i] is not null && accounts[i] is { } account && HasOldHash(entries[i], account)
                && await Copies.MayPutBackAsync(account.Address, cancellationToken).ConfigureAwait(false))
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
        var verdicts = entries.Select((entry, i) => Check(entry, accounts[i])).ToArray();
        foreach (var (entry, verdict) in entries.Zip(verdicts))
        {
            if (verdict is not null)
            {
                entry.Password?.Dispose();
            }
        }

        return [.. entries.Select((entry, i) => verdicts[i] ?? Result(entry, ChangeStatus.Changed, null, null, handPasswordOn: true))];
    }

    /// <summary>Puts the old hashes of some recorded changes back, in one transaction; each only where the mailbox still has the run's.</summary>
    /// <param name="entries">Recorded changes.</param>
    /// <returns>One row for each, in their order.</returns>
    /// <exception cref="MailPassException">The store cannot be reached.</exception>
    public async ValueTask<IReadOnlyList<ChangeResult>> RestoreAsync(IReadOnlyList<JournalEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);

        // Not cancelled: what was begun is carried through, and its outcome is reported.
        var outcomes = await InverseWrites.WriteAsync(store, [.. entries.Select(Inverse)]).ConfigureAwait(false);
        var results = entries.Select((entry, i) => Restored(entry, outcomes[i])).ToArray();
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

    private ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken) =>
        store.FindAsync([.. entries.Select(entry => entry.Account.Address)], cancellationToken);

    private static HashWrite Inverse(JournalEntry entry) => new()
    {
        Account = new MailboxAccount { Address = entry.Account.Address, StoreKey = entry.Account.StoreKey, PasswordHash = entry.NewHash },
        NewHash = entry.Account.PasswordHash ?? string.Empty,
        PutBack = entry.Account.Bookkeeping,
        Time = DateTimeOffset.UtcNow,
    };

    // Whoever had none was given an empty one, which lets nobody in either.
    private static bool HasOldHash(JournalEntry entry, MailboxAccount account) =>
        string.Equals(account.PasswordHash ?? string.Empty, entry.Account.PasswordHash ?? string.Empty, StringComparison.Ordinal);

    private static ChangeResult? Check(JournalEntry entry, MailboxAccount? account) =>
        account is null ? Result(entry, ChangeStatus.Failed, ErrorIds.MailboxNotFound, $"{entry.Account.Address} does not exist any more.")
        : string.Equals(account.PasswordHash, entry.NewHash, StringComparison.Ordinal) ? null
        : Result(entry, ChangeStatus.Skipped, null, "The run did not get to write it, or its password was changed again since.");

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
}
