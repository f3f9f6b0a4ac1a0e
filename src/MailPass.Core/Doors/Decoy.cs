using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Doors;

/// <summary>The hash to verify if a mailbox has none, so that an unknown mailbox takes as long as a known one: one of the store's own, in the most common scheme and cost.</summary>
internal static class Decoy
{
    private const int Sample = 50;

    public static async Task<StoredHash> ChooseAsync(IMailboxStore store, CancellationToken cancellationToken)
    {
        var hashes = new List<StoredHash>();
        var seen = 0;
        await foreach (var account in store.ListAsync(new MailboxQuery { For = MailboxActions.Change }, cancellationToken).ConfigureAwait(false))
        {
            if (StoredHash.TryParseToVerify(account.PasswordHash, store.Info.UnprefixedScheme, out var hash, out _))
            {
                hashes.Add(hash!);
            }

            if (++seen == Sample)
            {
                break;
            }
        }

        return hashes.GroupBy(hash => hash.Settings).MaxBy(group => group.Count())?.First() ?? Make(store.Info);
    }

    private static StoredHash Make(StoreInfo store)
    {
        using var hasher = new BatchHasher();
        using var password = Secret.FromUtf8("nobody's"u8);
        var settings = store.DefaultScheme is { } scheme ? new HashSettings(scheme) : PasswordSchemes.DefaultSettings;
        return StoredHash.Parse(PasswordSchemes.Prefix(settings) + hasher.Hash([new HashJob(password, settings)])[0]);
    }
}
