using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Undoes changes that nobody learned of.</summary>
internal static class TakeBack
{
    /// <summary>Puts the old hash of each change back, if the mailbox still has the new one, and also the copies that session systems keep.</summary>
    /// <returns>The changes that could not be undone, with their passwords and the reason. The other passwords are disposed of.</returns>
    public static async ValueTask<IReadOnlyList<ChangeResult>> FromStoreAsync(IMailboxStore store, IReadOnlyList<ISessionAuthority> authorities, IReadOnlyList<ChangeResult> results)
    {
        var left = new List<ChangeResult>();
        var back = new List<ChangeResult>();
        try
        {
            var outcomes = await InverseWrites.WriteAsync(store, [.. results.Select(result => InverseWrites.Of(result.Written!.Before, result.Written.NewHash))]).ConfigureAwait(false);
            for (var i = 0; i < results.Count; i++)
            {
                if (outcomes[i].Status is WriteStatus.Written)
                {
                    back.Add(results[i]);
                }

                // Conflict: someone has set another password since. The mailbox does not have the run's password any more, so nothing is left to do.
                if (outcomes[i].Status is WriteStatus.Written or WriteStatus.Conflict or WriteStatus.NotFound)
                {
                    results[i].Password?.Dispose();
                }
                else
                {
                    left.Add(Left(results[i], outcomes[i].Message ?? "the store refused it"));
                }
            }
        }
        catch (Exception fault)
        {
            left.AddRange(results.Select(result => Left(result, fault.Message)));
        }

        // Receipts are in the order of the systems; changes that were not revoked yet have none.
        for (var i = 0; i < authorities.Count; i++)
        {
            if (back.Where(result => result.Receipts.Count > i).Select(result => result.Receipts[i]).Where(receipt => receipt.Replaced.Count > 0).ToList() is { Count: > 0 } receipts)
            {
                await authorities[i].TakeBackAsync(receipts).ConfigureAwait(false);
            }
        }

        return left;
    }

    private static ChangeResult Left(ChangeResult result, string reason) => new()
    {
        Mailbox = result.Mailbox,
        Domain = result.Domain,
        Status = result.Status,
        Password = result.Password,
        Scheme = result.Scheme,
        Receipts = result.Receipts,
        ErrorId = ErrorIds.OutputUnwritable,
        Message = $"The password of {result.Mailbox} was changed, its result could not be delivered, and the old one could not be put back: {reason.TrimEnd('.')}.",
        Line = result.Line,
        Time = result.Time,
        DisplayName = result.DisplayName,
        Written = result.Written,
    };
}
