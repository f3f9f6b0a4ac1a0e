using System.Runtime.CompilerServices;
using MailPass.Changes;
using MailPass.Stores;

namespace MailPass.Cli.Input;

/// <summary>Changes asked for otherwise than by a CSV.</summary>
internal static class Requests
{
    public static CountedRequests Of(params ChangeRequest[] requests) => new(Each(requests), () => requests.Length);

    private static async IAsyncEnumerable<ChangeRequest> Each(ChangeRequest[] requests)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var request in requests)
        {
            yield return request;
        }
    }

    /// <summary>Every mailbox that a query finds.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.MailboxNotFound"/>: there is none; a name mistyped must not look like work done.</exception>
    public static CountedRequests FromStore(IMailboxStore store, MailboxQuery query, Shard? shard, CancellationToken cancellationToken = default)
    {
        var count = new MailboxCount(store, [query], shard);
        return new CountedRequests(ListAsync(store, query, shard, count, cancellationToken), () => count.Known);
    }

    private static async IAsyncEnumerable<ChangeRequest> ListAsync(
        IMailboxStore store, MailboxQuery query, Shard? shard, MailboxCount count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var counting = count;
        var any = false;
        await foreach (var account in store.ListAsync(query, cancellationToken).ConfigureAwait(false))
        {
            any = true;
            if (shard is null || shard.Contains(account.Address))
            {
                yield return new ChangeRequest { Identity = account.Address.Value, Account = account };
            }
        }

        if (!any)
        {
            throw new MailPassException(ErrorIds.MailboxNotFound, $"The store {store.Info.Location} has no mailbox in the domain {query.Domain}.", "`mailpass list --domains` shows its domains.");
        }
    }
}
