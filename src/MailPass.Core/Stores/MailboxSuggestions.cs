using System.IO.Enumeration;

namespace MailPass.Stores;

/// <summary>Suggests names of a store for completion: a few, and quickly, or none.</summary>
public static class MailboxSuggestions
{
    /// <summary>The most names that are suggested.</summary>
    public const int Most = 100;

    /// <summary>How long a store may take; after that there are no more suggestions.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Mailboxes whose address begins with the text, or matches it if it has wildcards. A fault ends the suggestions silently.</summary>
    /// <param name="store">The store.</param>
    /// <param name="typed">What was typed so far.</param>
    /// <param name="cancellationToken">Ends the search with what was found by then.</param>
    public static Task<IReadOnlyList<string>> MailboxesAsync(IMailboxStore store, string typed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return FewAsync(ListAsync, cancellationToken);

        async IAsyncEnumerable<string> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            var query = new MailboxQuery { AddressPattern = typed.TrimEnd('*') + "*", IncludeInactive = true };
            await foreach (var account in store.ListAsync(query, token).ConfigureAwait(false))
            {
                yield return account.Address.Value;
            }
        }
    }

    /// <summary>Domains that begin with the text, or match it if it has wildcards. A fault ends the suggestions silently.</summary>
    /// <param name="store">The store.</param>
    /// <param name="typed">What was typed so far.</param>
    /// <param name="cancellationToken">Ends the search with what was found by then.</param>
    public static Task<IReadOnlyList<string>> DomainsAsync(IMailboxStore store, string typed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return FewAsync(ListAsync, cancellationToken);

        async IAsyncEnumerable<string> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            await foreach (var domain in store.ListDomainsAsync(token).ConfigureAwait(false))
            {
                if (FileSystemName.MatchesSimpleExpression(typed.TrimEnd('*') + "*", domain))
                {
                    yield return domain;
                }
            }
        }
    }

    private static async Task<IReadOnlyList<string>> FewAsync(Func<CancellationToken, IAsyncEnumerable<string>> list, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await foreach (var name in list(patience.Token).ConfigureAwait(false))
            {
                found.Add(name);
                if (found.Count == Most)
                {
                    break;
                }
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or MailPassException)
        {
            // Completion shows names or nothing, and no errors.
        }

        return found;
    }
}
