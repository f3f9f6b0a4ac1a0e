using MailPass.Changes;
using MailPass.Generation;
using MailPass.Policy;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>Runs of changes over a store.</summary>
internal static class Runs
{
    /// <summary>Changes mailboxes; without options, the run generates the passwords that the requests leave out.</summary>
    public static async Task<IReadOnlyList<ChangeResult>> ChangeAsync(IMailboxStore store, IEnumerable<ChangeRequest> requests, ChangeRunOptions? options = null)
    {
        await using var run = new ChangeRun(store, options ?? new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default) });
        return await run.ExecuteAsync(requests.ToAsyncEnumerable()).ToListAsync();
    }
}
