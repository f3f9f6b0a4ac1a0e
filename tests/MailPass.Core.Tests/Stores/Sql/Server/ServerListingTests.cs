using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>Listing from a real server: page by page, however many mailboxes there are.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class ServerListingTests(DatabaseServers servers)
{
    private const int Mailboxes = 100_000;

    // A few pages: earlier ones must have been freed, later ones must not have been read.
    private const int Near = 10_000;

    [SkippableTheory]
    [InlineData("mysql", "seq_1_to_100000", "")]
    [InlineData("postgresql", "generate_series(1, 100000) AS seq", "ANALYZE mailbox")]
    public async Task A_long_listing_keeps_only_the_current_page(string engine, string numbers, string afterwards)
    {
        var database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        await database.Server.ExecuteAsync(
            database.Name,
            $"INSERT INTO mailbox (id, address, address_key, domain, password_hash) SELECT seq, CONCAT('user', seq, '@example.org'), CONCAT('user', seq, '@example.org'), 'example.org', '{{SSHA512}}b2xk' FROM {numbers}; {afterwards}");
        await using var store = await database.OpenAsync();
        var seen = new List<WeakReference>(Mailboxes);
        string? lastHash = null;
        var listing = store.ListAsync(new MailboxQuery { Domain = "example.org" }, CancellationToken.None).GetAsyncEnumerator();
        await using (listing.ConfigureAwait(false))
        {
            while (await listing.MoveNextAsync())
            {
                lastHash = Note(listing.Current, seen);
                if (seen.Count == Near)
                {
                    // Nothing of the far end is known yet, so what changes there now is what will be listed.
                    await database.Server.ExecuteAsync(database.Name, "UPDATE mailbox SET password_hash = '{SSHA512}bmV3'");
                }

                if (seen.Count % (4 * Near) == 0)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    GC.Collect();
                    Assert.Equal(0, seen.Take(seen.Count - Near).Count(mailbox => mailbox.IsAlive));
                }
            }
        }

        Assert.Equal(Mailboxes, seen.Count);
        Assert.Equal("{SSHA512}bmV3", lastHash);
    }

    // Apart, so that no local of the test itself keeps a mailbox alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Note(MailboxAccount account, List<WeakReference> seen)
    {
        seen.Add(new WeakReference(account));
        return account.PasswordHash;
    }
}
