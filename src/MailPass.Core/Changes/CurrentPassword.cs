using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// Compares passwords with the stored hash: the current one that a self-service change must bring, and the new one if a mailbox
/// that has it already must stay unchanged. Each comparison costs as much as a hash, so the hashing threads do it.
/// </summary>
internal sealed class CurrentPassword(StoreInfo store, bool leaveUnchanged, HashingResources resources, CancellationToken stop)
{
    /// <summary>Checks a current password, so that a person learns of a fault before typing a new one. The change itself verifies it again.</summary>
    /// <param name="store">The store.</param>
    /// <param name="identity">The mailbox as it was written.</param>
    /// <param name="current">The current password; it stays the caller's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The fault; <see langword="null"/> if the password is right, or if the change will find another fault.</returns>
    internal static async Task<MailPassException?> FaultOfAsync(IMailboxStore store, string identity, Secret current, CancellationToken cancellationToken)
    {
        if (!MailboxAddress.TryParse(identity, out var address, out var reason))
        {
            return ChangeCheck.Invalid(identity, reason);
        }

        if (store.Info.Scope.Refusal(address, MailboxActions.Change) is { } refusal)
        {
            return refusal;
        }

        if ((await store.FindAsync([address], cancellationToken).ConfigureAwait(false))[0] is not { } account)
        {
            return ChangeCheck.NotFound(address, store.Info);
        }

        return !StoredHash.TryParseToVerify(account.PasswordHash, store.Info.UnprefixedScheme, out var hash, out var fault) ? Unverifiable(address, fault!)
            : hash!.Verify(current, cancellationToken) ? null
            : Wrong(address);
    }

    /// <summary>Decides the changes whose current password is wrong, or whose new one is the current one.</summary>
    public void Verify(IReadOnlyList<Change> changes)
    {
        var asked = new List<Change>();
        var jobs = new List<VerifyJob>();
        foreach (var change in changes)
        {
            if (HashToAsk(change) is { } hash)
            {
                asked.Add(change);
                jobs.Add(new VerifyJob(hash, change.Request.CurrentPassword ?? change.Password!));
            }
        }

        var fits = BatchVerifier.Verify(jobs, resources, stop);
        for (var i = 0; i < fits.Length; i++)
        {
            Decide(asked[i], fits[i]);
        }
    }

    // Null if there is nothing to compare, or the comparison is impossible.
    private StoredHash? HashToAsk(Change change)
    {
        var current = change.Request.CurrentPassword;
        var compareNew = leaveUnchanged && !change.PasswordWasGenerated;
        if (!change.IsPending || (current is null && !compareNew))
        {
            return null;
        }

        if (!StoredHash.TryParseToVerify(change.Account!.PasswordHash, store.UnprefixedScheme, out var hash, out var fault) && current is not null)
        {
            change.Fail(Unverifiable(change.Address!, fault!));
        }

        return hash;
    }

    private static MailPassException Wrong(MailboxAddress address) => new(ErrorIds.CurrentPasswordWrong, $"The current password given for {address} is wrong.");

    private static MailPassException Unverifiable(MailboxAddress address, MailPassException fault) =>
        new(fault.ErrorId, $"The current password of {address} cannot be verified. {fault.Message} An admin can set a new one without it.");

    private static void Decide(Change change, bool fits)
    {
        var current = change.Request.CurrentPassword;
        if (current is not null && !fits)
        {
            change.Fail(Wrong(change.Address!));
        }
        else if (current?.FixedTimeEquals(change.Password!) ?? fits)
        {
            change.Decide(ChangeStatus.Unchanged, message: $"{change.Address} has this password already.");
        }
    }
}
