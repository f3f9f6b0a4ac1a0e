using System.Globalization;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>All mailboxes of a domain, of the domains that fit a pattern (<c>*.example.org</c>), or of all domains (<c>*</c>).</summary>
/// <param name="Domain">The domain or the pattern.</param>
/// <param name="Action">What is done to them, for the store's scope.</param>
/// <param name="IncludeInactive">Whether to include mailboxes that cannot log in.</param>
public sealed record DomainSelection(string Domain, MailboxActions Action, bool IncludeInactive = true)
{
    private MailboxPatterns? _pattern;

    /// <summary>Whether the selection may mean several domains.</summary>
    public bool IsPattern => MailboxPatterns.IsWildcard(Domain);

    /// <summary>The mailboxes, for a store.</summary>
    public MailboxQuery Query => new()
    {
        Domain = IsPattern ? null : Domain,
        AddressPattern = !IsPattern || Trimmed == "*" ? null : "*@" + Trimmed,
        IncludeInactive = IncludeInactive,
        For = Action,
    };

    /// <summary>Whether a mailbox is in one of the domains.</summary>
    /// <param name="mailbox">The mailbox.</param>
    public bool Contains(MailboxAddress mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        return IsPattern ? (_pattern ??= MailboxPatterns.Parse(["*@" + Trimmed])).Contains(mailbox) : mailbox.Domain == AddressSpellings.Canonical(Trimmed);
    }

    /// <summary>Why the store's scope refuses the whole selection; <see langword="null"/> if it does not.</summary>
    /// <param name="store">The store.</param>
    public MailPassException? Refusal(StoreInfo store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.Scope.RefusalOfDomain(IsPattern ? null : Domain, Action);
    }

    /// <summary>The fault of a selection without a mailbox: a mistyped name must not look like success.</summary>
    /// <param name="store">The store.</param>
    public MailPassException Nobody(StoreInfo store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var within = store.Scope.IsEverything ? string.Empty : $" in the scope of {store.Scope.Name}";
        return new(
            ErrorIds.MailboxNotFound,
            !IsPattern ? $"The store {store.Location} has no mailbox in the domain {Domain}."
                : Trimmed == "*" ? $"The store {store.Location} has no mailbox{within}."
                : $"The store {store.Location} has no mailbox in a domain that fits {Domain}{within}.",
            "Get-MailboxAccount and `mailpass list --domains` show what it has.");
    }

    /// <summary>Counts the mailboxes, for a question.</summary>
    /// <param name="store">The store.</param>
    /// <param name="exclusions">The excluded mailboxes; this does not count them as met.</param>
    /// <param name="shard">This host's part; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<SelectionCount> CountAsync(IMailboxStore store, Exclusions exclusions, Shard? shard, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(exclusions);
        var domains = new HashSet<string>(StringComparer.Ordinal);
        long mailboxes = 0;
        long excluded = 0;
        await foreach (var account in store.ListAsync(Query, cancellationToken).ConfigureAwait(false))
        {
            if (shard?.Contains(account.Address) == false)
            {
                continue;
            }

            if (exclusions.Contains(account.Address))
            {
                excluded++;
                continue;
            }

            mailboxes++;
            domains.Add(account.Address.Domain);
        }

        return new(this, mailboxes, domains.Count, excluded);
    }

    private string Trimmed => Domain.Trim();
}

/// <summary>The number of mailboxes in a selection.</summary>
/// <param name="Of">The selection.</param>
/// <param name="Mailboxes">The mailboxes, without the excluded ones.</param>
/// <param name="Domains">The domains that they are in.</param>
/// <param name="Excluded">The excluded mailboxes of the selection.</param>
public sealed record SelectionCount(DomainSelection Of, long Mailboxes, long Domains, long Excluded)
{
    /// <summary>In words: <c>all 1,234 mailboxes of 17 domains (3 excluded)</c>.</summary>
    public override string ToString()
    {
        var where = !Of.IsPattern ? Of.Domain : Domains == 1 ? "one domain" : string.Create(CultureInfo.InvariantCulture, $"{Domains:N0} domains");
        var who = Mailboxes == 1 ? "the one mailbox" : string.Create(CultureInfo.InvariantCulture, $"all {Mailboxes:N0} mailboxes");
        return Excluded == 0 ? $"{who} of {where}" : string.Create(CultureInfo.InvariantCulture, $"{who} of {where} ({Excluded:N0} excluded)");
    }
}
