using MailPass.Sessions;

namespace MailPass.Changes;

/// <summary>Logs changed mailboxes out of every session system; a change stands whatever they answer.</summary>
internal sealed class SessionStage(IReadOnlyList<ISessionAuthority> authorities, RevocationScope scope)
{
    public async ValueTask RevokeAsync(ChangeBatch batch)
    {
        var changed = batch.Changes.Where(change => change.Status is ChangeStatus.Changed).ToList();
        if (changed.Count == 0 || authorities.Count == 0)
        {
            return;
        }

        var answers = new IReadOnlyList<RevocationReceipt>[authorities.Count];
        var (everything, ownersUnread) = await SessionSystems.WithDomainOwnersAsync(authorities, scope, CancellationToken.None).ConfigureAwait(false);
        await batch.InForce.ConfigureAwait(false);

        // Credentials first: the other way round, a client with an app password is back before it is gone.
        foreach (var credentials in (bool[])[true, false])
        {
            await Task.WhenAll(authorities.Select((authority, i) => (authority, i)).Where(pair => pair.authority.EndsCredentials == credentials).Select(async pair =>
                answers[pair.i] = SessionSystems.Qualified(await AskAsync(pair.authority, changed, everything).ConfigureAwait(false), ownersUnread[pair.i]))).ConfigureAwait(false);
        }

        for (var i = 0; i < changed.Count; i++)
        {
            changed[i].Receipts = [.. answers.Select(receipts => receipts[i])];
            if (changed[i].Receipts.FirstOrDefault(receipt => receipt.Status is ReceiptStatus.Unreachable) is { } unreachable)
            {
                changed[i].Remark(
                    ErrorIds.SessionAuthorityUnreachable,
                    $"The password of {changed[i].Address} was changed, but {unreachable.System} could not be asked to log it out: {unreachable.Reason}");
            }
        }
    }

    private static async Task<IReadOnlyList<RevocationReceipt>> AskAsync(ISessionAuthority authority, List<Change> changed, RevocationScope everything)
    {
        try
        {
            // Not cancelled: the passwords are changed, and a login left alive is the very thing the admin wanted ended.
            var receipts = authority.KeepsPasswords
                ? await authority.RevokeChangedAsync(changed.ConvertAll(change => new ChangedPassword(change.Address!, change.Password!)), everything, CancellationToken.None).ConfigureAwait(false)
                : await authority.RevokeAsync(changed.ConvertAll(change => change.Address!), everything, CancellationToken.None).ConfigureAwait(false);
            return receipts.Count == changed.Count ? receipts : throw new InvalidOperationException($"{authority.Name} answered for {receipts.Count} of {changed.Count} mailboxes.");
        }
        catch (Exception fault)
        {
            return [.. changed.Select(change => new RevocationReceipt(change.Address!, authority.Name, ReceiptStatus.Unreachable, Reason: fault.Message))];
        }
    }
}
