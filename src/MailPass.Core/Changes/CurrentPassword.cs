using MailPass.Hashing;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// Compares passwords with the stored hash: the current one that a self-service change must bring, and the new one where
/// a mailbox that has it already is to be left alone. Costs a hash each, so it is done where the hashing is done.
/// </summary>
internal sealed class CurrentPassword(StoreInfo store, bool leaveUnchanged)
{
    /// <summary>Decides the change where the current password is wrong or the new one is the current one.</summary>
    public void Verify(Change change)
    {
        var current = change.Request.CurrentPassword;
        var compareNew = leaveUnchanged && !change.PasswordWasGenerated;
        if (current is null && !compareNew)
        {
            return;
        }

        if (!StoredHash.TryParse(change.Account!.PasswordHash, store.UnprefixedScheme, out var hash, out var fault))
        {
            if (current is not null)
            {
                change.Fail(fault!.ErrorId, $"The current password of {change.Address} cannot be verified. {fault.Message} An admin can set a new one without it.");
            }

            return;
        }

        if (current is not null && !hash!.Verify(current))
        {
            change.Fail(ErrorIds.CurrentPasswordWrong, $"The current password given for {change.Address} is wrong.");
        }
        else if (current?.FixedTimeEquals(change.Password!) ?? hash!.Verify(change.Password!))
        {
            change.Decide(ChangeStatus.Unchanged, message: $"{change.Address} has this password already.");
        }
    }
}
