using MailPass.Sessions;

namespace MailPass.Changes;

/// <summary>
/// Logs changed mailboxes out of every session system; the changes stay whatever the systems answer. If it is unknown whether a
/// mailbox was changed, it is logged out too: if it has the new password, a login with the old one must end, and if it has the
/// old one, its owner logs in again.
/// </summary>
internal sealed class SessionStage(IReadOnlyList<ISessionAuthority> authorities, RevocationScope scope, IChangeJournal? journal)
{
    /// <summary>How many batches are revoked concurrently, 2 or more.</summary>
    public const int Together = 4;

    private readonly DomainOwners _owners = new(authorities, scope);
    private readonly Lock _gate = new();
    private HashSet<string>? _closed;

    /// <summary>The tables in which no mailbox so far has a credential or session left.</summary>
    public IReadOnlyCollection<string> Closed => _closed ?? [];

    /// <summary>Logs a batch's mailboxes out and returns the batch. Never throws.</summary>
    public async Task<ChangeBatch> RevokeAsync(ChangeBatch batch)
    {
        var changed = batch.Changes.Where(change => (change.Status is ChangeStatus.Changed && !change.WasLoggedOut) || change.MayBeWritten).ToList();
        if (changed.Count == 0 || authorities.Count == 0)
        {
            return batch;
        }

        var answers = new IReadOnlyList<RevocationReceipt>[authorities.Count];
        var (everything, ownersUnread) = await _owners.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        await batch.InForce.ConfigureAwait(false);

        // Credentials first: otherwise a client with an app password could log in again before it is deleted.
        foreach (var credentials in (bool[])[true, false])
        {
            await Task.WhenAll(authorities.Select((authority, i) => (authority, i)).Where(pair => pair.authority.EndsCredentials == credentials).Select(async pair =>
                answers[pair.i] = SessionSystems.Qualified(await AskAsync(pair.authority, changed, everything).ConfigureAwait(false), ownersUnread[pair.i]))).ConfigureAwait(false);
        }

        for (var i = 0; i < changed.Count; i++)
        {
            changed[i].Receipts = [.. answers.Select(receipts => receipts[i])];
            NoteClosed(changed[i].Receipts);
            var worst = MailboxRevocation.Worst(changed[i].Receipts);
            if (changed[i].MayBeWritten)
            {
                // That it is unknown which password works is more important, and stays the row's error.
                changed[i].Remark(
                    changed[i].ErrorId!,
                    changed[i].Message + worst?.Status switch
                    {
                        ReceiptStatus.Unreachable => $" {worst.System} could not be asked to log it out: {worst.Reason}",
                        not null => " It may still be logged in, as its receipts say.",
                        null => " It was logged out; if the old password still works, anyone who has it can log in again.",
                    });
            }
            else if (worst is not null)
            {
                changed[i].Remark(
                    worst.ErrorId!,
                    $"The password of {changed[i].Address} was changed, but {worst.System} {(worst.Status is ReceiptStatus.Unreachable ? "could not be asked to log it out" : "may still let it in")}: {worst.Reason}");
            }
        }

        if (journal is not null && changed.Where(change => MailboxRevocation.Worst(change.Receipts) is null).Select(change => change.Address!).ToList() is { Count: > 0 } done)
        {
            await journal.NoteLoggedOutAsync(done).ConfigureAwait(false);
        }

        return batch;
    }

    private void NoteClosed(IReadOnlyList<RevocationReceipt> receipts)
    {
        var closed = receipts.SelectMany(receipt => receipt.Closed);
        lock (_gate)
        {
            if (_closed is null)
            {
                _closed = [.. closed];
            }
            else
            {
                _closed.IntersectWith(closed);
            }
        }
    }

    private async Task<IReadOnlyList<RevocationReceipt>> AskAsync(ISessionAuthority authority, List<Change> changed, RevocationScope everything)
    {
        try
        {
            // Not cancelled: the passwords are changed, and the admin wanted these logins to end.
            var receipts = authority.KeepsPasswords
                ? await RevokeFromKeeperAsync(authority, changed, everything).ConfigureAwait(false)
                : await authority.RevokeAsync(changed.ConvertAll(change => change.Address!), everything, CancellationToken.None).ConfigureAwait(false);
            return receipts.Count == changed.Count ? receipts : throw new InvalidOperationException($"{authority.Name} answered for {receipts.Count} of {changed.Count} mailboxes.");
        }
        catch (Exception fault)
        {
            return [.. changed.Select(change => new RevocationReceipt(change.Address!, authority.Name, ReceiptStatus.Unreachable, Reason: fault.Message))];
        }
    }

    /// <summary>Gives the system the new password only for mailboxes that are known to have it.</summary>
    private async Task<IReadOnlyList<RevocationReceipt>> RevokeFromKeeperAsync(ISessionAuthority authority, List<Change> changed, RevocationScope everything)
    {
        var certain = changed.FindAll(change => !change.MayBeWritten);
        var passwords = certain.ConvertAll(change => new ChangedPassword(change.Address!, change.Password!));
        var receipts = journal is null
            ? await authority.RevokeChangedAsync(passwords, everything, CancellationToken.None).ConfigureAwait(false)
            : await authority.RevokeRecordedAsync(passwords, everything, journal.RecordCopiesAsync).ConfigureAwait(false);
        if (certain.Count == changed.Count)
        {
            return receipts;
        }

        var uncertain = changed.FindAll(change => change.MayBeWritten);
        var others = await authority.RevokeAsync(uncertain.ConvertAll(change => change.Address!), everything, CancellationToken.None).ConfigureAwait(false);
        var all = certain.Zip(receipts).Concat(uncertain.Zip(others)).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. changed.Where(all.ContainsKey).Select(change => all[change])];
    }
}
