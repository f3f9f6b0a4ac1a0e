using System.Runtime.CompilerServices;
using MailPass.Changes;
using MailPass.Stores;

namespace MailPass.Cli.Input;

/// <summary>Requests for changes that do not come from a CSV.</summary>
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

    /// <summary>Every mailbox of a selection; the excluded ones too, which are only not counted.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.MailboxNotFound"/>: there is none; a mistyped name must not look like success.</exception>
    public static CountedRequests FromStore(IMailboxStore store, DomainSelection selection, Shard? shard, Exclusions exclusions, CancellationToken cancellationToken = default)
    {
        var count = new MailboxCount(store, [selection.Query], shard, exclusions);
        return new CountedRequests(ListAsync(store, selection, shard, count, cancellationToken), () => count.Known);
    }

    private static async IAsyncEnumerable<ChangeRequest> ListAsync(
        IMailboxStore store, DomainSelection selection, Shard? shard, MailboxCount count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var counting = count;
        var any = false;
        await foreach (var account in store.ListAsync(selection.Query, cancellationToken).ConfigureAwait(false))
        {
            any = true;
            if (shard is null || shard.Contains(account.Address))
            {
                yield return new ChangeRequest { Identity = account.Address.Value, Account = account };
            }
        }

        if (!any)
        {
            throw selection.Nobody(store.Info);
        }
    }
}
