using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Logging out of a real Dovecot whose authentication cache is on.</summary>
public sealed class DovecotRevocationTests
{
    [SkippableFact]
    public async Task Fifty_connections_of_ten_mailboxes_end_and_nobody_else_notices()
    {
        var revoked = Names("gone", 10);
        var others = Names("stays", 5);
        await using var server = await DovecotServer.StartAsync(revoked.Concat(others).Select(name => (name, "old")));
        var dying = new List<ImapConnection>();
        var living = new List<(ImapConnection Connection, bool Idle)>();
        foreach (var name in revoked)
        {
            for (var i = 0; i < 5; i++)
            {
                var connection = await server.LoginAsync(name, "old");
                if (i < 2)
                {
                    await connection.IdleAsync();
                }

                dying.Add(connection);
            }
        }

        foreach (var name in others)
        {
            living.Add((await server.LoginAsync(name, "old"), false));
            var idle = await server.LoginAsync(name, "old");
            await idle.IdleAsync();
            living.Add((idle, true));
        }

        foreach (var name in revoked)
        {
            server.SetPassword(name, "new");
        }

        // The trap itself: without a flush the old password goes on working from the cache.
        using (var stale = await server.LoginAsync(revoked[0], "old"))
        {
            Assert.True(await stale.IsAliveAsync());
        }

        await using var authority = server.Connect();
        var receipts = await authority.RevokeAsync([.. revoked.Select(MailboxAddress.Parse)]);

        Assert.All(receipts, receipt => Assert.Equal((ReceiptStatus.Revoked, null), (receipt.Status, receipt.Reason)));
        Assert.All(receipts.Skip(1), receipt => Assert.Equal(5, receipt.Count));
        Assert.Equal(revoked, receipts.Select(receipt => receipt.Mailbox.Value));
        foreach (var connection in dying)
        {
            await connection.UntilClosedAsync();
            connection.Dispose();
        }

        foreach (var (connection, idle) in living)
        {
            Assert.True(!idle || await connection.EndIdleAsync());
            Assert.True(await connection.IsAliveAsync());
            connection.Dispose();
        }

        foreach (var name in revoked)
        {
            Assert.Null(await ImapConnection.TryLoginAsync(server.ImapPort, name, "old"));
            using var fresh = await ImapConnection.TryLoginAsync(server.ImapPort, name, "new");
            Assert.NotNull(fresh);
        }
    }

    [SkippableFact]
    public async Task A_client_that_reconnects_all_the_time_never_gets_in_after_the_receipt()
    {
        await using var server = await DovecotServer.StartAsync([("loop@x.test", "old"), ("b@x.test", "b")]);
        using var stop = new CancellationTokenSource();
        var revoked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var logins = 0;
        var loginsAfter = 0;
        var attemptsAfter = 0;
        var loops = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var after = revoked.Task.IsCompleted;
                using var connection = await ImapConnection.TryLoginAsync(server.ImapPort, "loop@x.test", "old");
                _ = after ? Interlocked.Increment(ref attemptsAfter) : 0;
                if (connection is not null)
                {
                    Interlocked.Increment(ref logins);
                    _ = after ? Interlocked.Increment(ref loginsAfter) : 0;
                    await connection.UntilClosedAsync();
                    Assert.True(!after);
                }
            }
        })).ToArray();
        while (Volatile.Read(ref logins) < 4)
        {
            await Task.Delay(10);
        }

        await using var authority = server.Connect();
        server.SetPassword("loop@x.test", "new");
        var receipt = Assert.Single(await authority.RevokeAsync([MailboxAddress.Parse("loop@x.test")]));
        revoked.SetResult();
        Assert.Equal(ReceiptStatus.Revoked, receipt.Status);
        while (Volatile.Read(ref attemptsAfter) < 40)
        {
            await Task.Delay(10);
        }

        await stop.CancelAsync();
        await Task.WhenAll(loops);
        Assert.Equal(0, loginsAfter);
        Assert.Empty(await ListAsync(authority, "loop@x.test"));
    }

    internal static List<string> Names(string prefix, int count) => [.. Enumerable.Range(0, count).Select(i => $"{prefix}{i}@x.test")];

    internal static async Task<List<MailboxSession>> ListAsync(DovecotAuthority authority, params string[] mailboxes)
    {
        var sessions = new List<MailboxSession>();
        await foreach (var session in authority.ListAsync(mailboxes.Length == 0 ? null : [.. mailboxes.Select(MailboxAddress.Parse)]))
        {
            sessions.Add(session);
        }

        return sessions;
    }
}
