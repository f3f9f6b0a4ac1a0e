using System.Globalization;
using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>The mailboxes that one call leaves alone, with a count of those that it met. For one thread at a time.</summary>
/// <param name="patterns">Which mailboxes.</param>
/// <param name="names">What the call named: mailboxes, patterns and files, for the journal.</param>
public sealed class Exclusions(MailboxPatterns patterns, IReadOnlyList<string> names)
{
    // As many as fit on a screen; for the others the number is shown.
    private const int MostNamed = 10;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private MailboxPatterns _patterns = patterns;

    /// <summary>Nobody is excluded.</summary>
    public static Exclusions None { get; } = new(MailboxPatterns.None, []);

    /// <summary>Whether nobody is excluded.</summary>
    public bool IsEmpty => _patterns.Count == 0;

    /// <summary>What the call named.</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>How many mailboxes were left alone so far.</summary>
    public long Count { get; private set; }

    /// <summary>How many were left alone, as a sentence; <see langword="null"/> if nobody was.</summary>
    public string? Summary => Count switch
    {
        0 => null,
        1 => "1 mailbox was excluded.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Count:N0} mailboxes were excluded."),
    };

    /// <summary>The entries that have matched no mailbox so far, one sentence each; for a call that has no store to ask.</summary>
    public IReadOnlyList<string> Unused => Sentences([.. _patterns.Entries.Where(entry => !_used.Contains(entry))], "matched no mailbox");

    /// <summary>Whether a mailbox is excluded.</summary>
    /// <param name="mailbox">The mailbox.</param>
    public bool Contains(MailboxAddress mailbox) => !IsEmpty && _patterns.Contains(mailbox);

    /// <summary>Whether to leave a mailbox alone; if so, it is counted.</summary>
    /// <param name="mailbox">The mailbox.</param>
    public bool Excludes(MailboxAddress mailbox)
    {
        if (IsEmpty || _patterns.Find(mailbox) is not { } entry)
        {
            return false;
        }

        _used.Add(entry);
        Count++;
        return true;
    }

    /// <summary>Whether to leave a mailbox alone, given as it was written; if so, it is counted. A text that is not an address is never excluded.</summary>
    /// <param name="identity">The mailbox, right or wrong.</param>
    public bool Excludes(string identity) => !IsEmpty && MailboxAddress.TryParse(identity, out var mailbox, out _) && Excludes(mailbox);

    /// <summary>The requests without those about excluded mailboxes.</summary>
    /// <param name="requests">The requests.</param>
    public IAsyncEnumerable<ChangeRequest> Filter(IAsyncEnumerable<ChangeRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return IsEmpty ? requests : new CountedRequests(FilterAsync(requests), () => (requests as CountedRequests)?.Total);
    }

    /// <summary>
    /// Looks the exclusions up before anything is changed: a mailbox that is named by another of its addresses is excluded
    /// too, and an entry that matches no mailbox is most likely misspelt.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="action">What the call does, for the store's scope.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The entries that match no mailbox of the store, one sentence each.</returns>
    public async Task<IReadOnlyList<string>> ResolveAsync(IMailboxStore store, MailboxActions action, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var aliases = new List<(MailboxAddress, string)>();
        var unmatched = new List<string>();
        foreach (var some in _patterns.Addresses.Where(store.Info.Scope.Includes).ToList().Chunk(Math.Max(1, store.Info.BatchSize)))
        {
            var found = await store.FindAsync(some, cancellationToken).ConfigureAwait(false);
            foreach (var (address, account) in some.Zip(found))
            {
                if (account is null)
                {
                    unmatched.Add(_patterns.Find(address)!);
                }
                else if (!account.Address.Equals(address))
                {
                    aliases.Add((account.Address, address.Value));
                }
            }
        }

        foreach (var pattern in _patterns.Wildcards)
        {
            if (!await MatchesAnyAsync(store, pattern, action, cancellationToken).ConfigureAwait(false))
            {
                unmatched.Add(pattern);
            }
        }

        _patterns = _patterns.With(aliases);
        return Sentences(unmatched, $"matches no mailbox in {store.Info.Location}");
    }

    private static List<string> Sentences(List<string> entries, string what)
    {
        List<string> sentences = [.. entries.Take(MostNamed).Select(entry => $"The exclusion {entry} {what}; check its spelling.")];
        if (entries.Count > MostNamed)
        {
            sentences.Add(string.Create(CultureInfo.InvariantCulture, $"{entries.Count - MostNamed:N0} more exclusions match no mailbox."));
        }

        return sentences;
    }

    private static async Task<bool> MatchesAnyAsync(IMailboxStore store, string pattern, MailboxActions action, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in store.ListAsync(new MailboxQuery { AddressPattern = pattern, For = action }, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }

            return false;
        }
        catch (MailPassException fault) when (fault.ErrorId == ErrorIds.OutOfScope)
        {
            // Outside the scope: the call could not touch these mailboxes anyway.
            return true;
        }
    }

    private async IAsyncEnumerable<ChangeRequest> FilterAsync(IAsyncEnumerable<ChangeRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var request in requests.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (request.Account is { } account ? Excludes(account.Address) : Excludes(request.Identity))
            {
                request.Password?.Dispose();
                request.CurrentPassword?.Dispose();
                continue;
            }

            yield return request;
        }
    }
}
