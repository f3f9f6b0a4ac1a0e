using System.Runtime.CompilerServices;
using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>A store restricted to a scope: it does not find, list or write a mailbox outside the scope, whatever a caller forgets to check.</summary>
/// <param name="store">The store; disposed of with this one.</param>
/// <param name="scope">The scope.</param>
internal sealed class ScopedStore(IMailboxStore store, MailboxScope scope) : IMailboxStore
{
    private const MailboxActions Writing = MailboxActions.Set | MailboxActions.Change | MailboxActions.Reset | MailboxActions.Restore;

    private Tuple<StoreInfo, StoreInfo>? _info;

    /// <inheritdoc/>
    public StoreInfo Info
    {
        get
        {
            var info = store.Info;
            var known = _info;
            if (known is null || !ReferenceEquals(known.Item1, info))
            {
                _info = known = Tuple.Create(info, info with { Scope = scope });
            }

            return known.Item2;
        }
    }

    /// <summary>A store with its scope.</summary>
    /// <param name="store">The store.</param>
    /// <param name="scope">The scope.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<IMailboxStore> WithAsync(IMailboxStore store, MailboxScope scope, CancellationToken cancellationToken)
    {
        if (scope.IsEverything)
        {
            return store;
        }

        // A mailbox may have several addresses: an excluded mailbox is excluded by each of them.
        var aliases = new List<(MailboxAddress, string)>();
        foreach (var some in scope.Exclusions.Addresses.ToList().Chunk(store.Info.BatchSize))
        {
            var found = await store.FindAsync(some, cancellationToken).ConfigureAwait(false);
            foreach (var (address, account) in some.Zip(found))
            {
                if (account is not null && !account.Address.Equals(address))
                {
                    aliases.Add((account.Address, address.Value));
                }
            }
        }

        return new ScopedStore(store, scope.With(scope.Exclusions.With(aliases)));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListDomainsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var domain in store.ListDomainsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (scope.IncludesDomain(domain))
            {
                yield return domain;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (scope.RefusalOfDomain(new MailboxFilter(query).Domain, query.For) is { } refusal)
        {
            throw refusal;
        }

        await foreach (var account in store.ListAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (scope.Includes(account.Address))
            {
                yield return account;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        var inside = addresses.Where(scope.Includes).ToList();
        var found = inside.Count == 0 ? [] : await store.FindAsync(inside, cancellationToken).ConfigureAwait(false);
        var accounts = new MailboxAccount?[addresses.Count];
        for (int i = 0, next = 0; i < accounts.Length; i++)
        {
            if (scope.Includes(addresses[i]))
            {
                // An alias inside the scope must not lead to a mailbox outside it.
                accounts[i] = found[next++] is { } account && scope.Includes(account.Address) ? account : null;
            }
        }

        return accounts;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<HashWrite> batch, CancellationToken cancellationToken)
    {
        var action = (scope.Actions & Writing) == 0 ? MailboxActions.Set : MailboxActions.None;
        var refusals = batch.Select(write => scope.Refusal(write.Account.Address, action)).ToList();
        if (refusals.TrueForAll(refusal => refusal is null))
        {
            return await store.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        var inside = Enumerable.Range(0, batch.Count).Where(i => refusals[i] is null).ToList();
        try
        {
            var written = inside.Count == 0 ? [] : await store.WriteAsync(inside.ConvertAll(i => batch[i]), cancellationToken).ConfigureAwait(false);
            return [.. WithRefusals(refusals, written)];
        }
        catch (InterruptedWriteException fault)
        {
            throw new InterruptedWriteException(fault, [.. WithRefusals(refusals, fault.Outcomes)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static IEnumerable<T> WithRefusals<T>(IReadOnlyList<MailPassException?> refusals, IReadOnlyList<T> outcomes)
    {
        var next = 0;
        foreach (var refusal in refusals)
        {
            yield return refusal is null ? outcomes[next++] : (T)(object)new WriteOutcome(WriteStatus.Failed, refusal.ErrorId, refusal.Message);
        }
    }
}
