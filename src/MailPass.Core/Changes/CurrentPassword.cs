using MailPass.Hashing;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// Compares passwords with the stored hash: the current one that a self-service change must bring, and the new one where
/// a mailbox that has it already is to be left alone. Costs a hash each, so it is done where the hashing is done.
/// </summary>
internal sealed class CurrentPassword(StoreInfo store, bool leaveUnchanged, HashingResources resources, CancellationToken stop)
{
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

    // Null where nothing is to be compared, or nothing can be.
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
            change.Fail(fault!.ErrorId, $"The current password of {change.Address} cannot be verified. {fault.Message} An admin can set a new one without it.");
        }

        return hash;
    }

    private static void Decide(Change change, bool fits)
    {
        var current = change.Request.CurrentPassword;
        if (current is not null && !fits)
        {
            change.Fail(ErrorIds.CurrentPasswordWrong, $"The current password given for {change.Address} is wrong.");
        }
        else if (current?.FixedTimeEquals(change.Password!) ?? fits)
        {
            change.Decide(ChangeStatus.Unchanged, message: $"{change.Address} has this password already.");
        }
    }
}
