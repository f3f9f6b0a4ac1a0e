using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Cli.Tests;

/// <summary>Looks into a store without the command line.</summary>
internal static class StoreProbe
{
    public static async Task<bool> AcceptsAsync(string store, string mailbox, string password)
    {
        var hash = await HashAsync(store, mailbox);
        using var secret = Secret.FromChars(password);
        return StoredHash.Parse(hash!).Verify(secret);
    }

    public static async Task<string?> HashAsync(string store, string mailbox)
    {
        await using var open = await MailStore.OpenAsync(StoreLocation.Parse(store), new StoreOpenOptions());
        return (await open.FindAsync([MailboxAddress.Parse(mailbox)], CancellationToken.None))[0]?.PasswordHash;
    }

    public static async Task<Dictionary<string, string?>> HashesAsync(string store)
    {
        await using var open = await MailStore.OpenAsync(StoreLocation.Parse(store), new StoreOpenOptions());
        var hashes = new Dictionary<string, string?>();
        await foreach (var account in open.ListAsync(new MailboxQuery(), CancellationToken.None))
        {
            hashes.Add(account.Address.Value, account.PasswordHash);
        }

        return hashes;
    }

    /// <summary>Checks that every mailbox with another hash than before has a row, and that the row's password works.</summary>
    public static async Task EveryChangeHasItsRowAsync(string store, IReadOnlyList<Dictionary<string, string>> rows)
    {
        var passwords = rows.Where(row => row["Status"] == "Changed").ToDictionary(row => row["Mailbox"], row => row["Password"]);
        var changed = (await HashesAsync(store)).Where(pair => pair.Value != TempFolder.OldHash).ToList();
        Assert.Equal(changed.Select(pair => pair.Key).Order(), passwords.Keys.Order());
        foreach (var (mailbox, hash) in changed)
        {
            using var secret = Secret.FromChars(passwords[mailbox]);
            Assert.True(StoredHash.Parse(hash!).Verify(secret), mailbox);
        }
    }
}
