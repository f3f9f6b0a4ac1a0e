using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>Lists domains and mailboxes.</summary>
/// <param name="database">The database.</param>
/// <param name="bound">The schema over its tables.</param>
/// <param name="query">The columns to read.</param>
/// <param name="reading">How it is read.</param>
/// <param name="lookup">Finds rows that share an address.</param>
internal sealed class SqlListing(SqlDatabase database, BoundSchema bound, AccountQuery query, SqlReading reading, SqlLookup lookup)
{
    // Rows per statement of a listing. Each page is its own statement, which begins after the last key, so that no read transaction
    // lasts longer than a page, even if the caller is slow.
    private const int PageSize = 2000;

    private readonly string _domainHint = database.DomainHint(bound);
    private bool? _mixedDomains;

    /// <summary>The domains, in ascending order, each once.</summary>
    /// <param name="cancellationToken">Stops the listing.</param>
    public async IAsyncEnumerable<string> ListDomainsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var text = query.Text;
        var statement = (bound.Schema.Domains, bound.Schema.Mailbox.Domain) switch
        {
            ({ } list, _) => $"SELECT {database.Quote(list.Column)} FROM {text.Table(list.Table)}",
            (null, { } column) => $"SELECT DISTINCT {text.Ref(column)} FROM {text.From([column.Alias])}",
            _ => $"SELECT DISTINCT {database.DomainOf(text.Ref(bound.Schema.Mailbox.Address))} FROM {text.From([bound.Schema.Mailbox.Address.Alias])}",
        };
        var domains = new SortedSet<string>(StringComparer.Ordinal);
        await reading.ReadAsync(domains.Clear, command => command.CommandText = statement, reader =>
        {
            // Some systems keep rows such as ALL among their domains.
            if (ColumnText.Read(reader, 0) is { } domain && domain.Contains('.', StringComparison.Ordinal))
            {
                domains.Add(AddressSpellings.Canonical(domain));
            }
        }, cancellationToken).ConfigureAwait(false);

        foreach (var domain in domains)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return domain;
        }
    }

    /// <summary>Streams mailboxes in the order of their keys.</summary>
    /// <param name="wanted">Which ones.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    public async IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = new MailboxFilter(wanted);
        var mailbox = bound.Schema.Mailbox;
        var text = query.Text;
        var key = text.Ref(mailbox.Key);
        var mixed = filter.Domain is not null && await MixedDomainsAsync(cancellationToken).ConfigureAwait(false);
        // Two spellings of a domain are at different places of the index, so their keys are not in one order.
        var hint = !mixed && filter.Domain is { } asked && AddressSpellings.OfDomain(asked).Count == 1 ? _domainHint : string.Empty;
        var from = text.From(mailbox.Domain is { } domainColumn ? [.. query.Aliases, domainColumn.Alias] : query.Aliases, hint);
        // Read before the first page: once a row was returned, it is too late to find another one with its address.
        var shared = await SharedAsync(filter, mixed, cancellationToken).ConfigureAwait(false);
        string? lastKey = null;
        var page = new List<MailboxAccount>(PageSize);
        int rows;
        do
        {
            rows = 0;
            var after = lastKey;
            await reading.ReadAsync(
                () =>
                {
                    page.Clear();
                    rows = 0;
                },
                command => BuildPage(command, filter, mixed, from, key, after),
                reader =>
                {
                    rows++;
                    var account = query.Read(reader);
                    lastKey = account?.StoreKey ?? query.Key(reader);
                    if (account is not null && filter.Fits(account))
                    {
                        page.Add(shared?.Judge(account) ?? account);
                    }
                },
                cancellationToken).ConfigureAwait(false);

            foreach (var account in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return account;
            }
        }
        while (rows == PageSize);
    }

    // Whether some domains are not in lower case and an equal comparison would not find them. Checked once, because nearly no table has such.
    private async ValueTask<bool> MixedDomainsAsync(CancellationToken cancellationToken)
    {
        if (bound.Schema.Mailbox.Domain is not { } domain || database.ComparesIgnoringCase(bound.Column(domain)))
        {
            // The domain part of an address is converted to lower case anyway.
            return false;
        }

        var column = query.Text.Ref(domain);
        return _mixedDomains ??= await reading.AnyAsync($"SELECT 1 FROM {query.Text.From([domain.Alias])} WHERE {column} <> lower({column}) LIMIT 1", cancellationToken).ConfigureAwait(false);
    }

    // Addresses that more than one row has; null if there are none.
    private async Task<SharedAddresses?> SharedAsync(MailboxFilter filter, bool mixedDomains, CancellationToken cancellationToken)
    {
        var mailbox = bound.Schema.Mailbox;
        var ignoresCase = database.ComparesIgnoringCase(bound.Column(mailbox.Address));
        // A key is unique, and so is a mail system's own column for finding addresses.
        if (mailbox.Lookup != mailbox.Address || (mailbox.Key == mailbox.Address && ignoresCase))
        {
            return null;
        }

        var text = query.Text;
        var address = ignoresCase ? text.Ref(mailbox.Address) : $"lower({text.Ref(mailbox.Address)})";
        var from = text.From(mailbox.Domain is { } domain ? [mailbox.Address.Alias, domain.Alias] : [mailbox.Address.Alias]);
        var candidates = new List<MailboxAddress>();
        await reading.ReadAsync(
            candidates.Clear,
            command => command.CommandText = $"SELECT {address} FROM {from}{Where(OfDomain(command, filter, mixedDomains))} GROUP BY {address} HAVING COUNT(*) > 1",
            reader =>
            {
                if (MailboxAddress.TryParse(ColumnText.Read(reader, 0), out var candidate, out _))
                {
                    candidates.Add(candidate);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return candidates.Count > 0 ? await lookup.FindRowsAsync(candidates, !ignoresCase, cancellationToken).ConfigureAwait(false) : null;
    }

    private static string Where(List<string> conditions) => conditions.Count > 0 ? $" WHERE {string.Join(" AND ", conditions)}" : string.Empty;

    private List<string> OfDomain(DbCommand command, MailboxFilter filter, bool mixedDomains)
    {
        if (filter.Domain is not { } domain)
        {
            return [];
        }

        var text = query.Text;
        var column = bound.Schema.Mailbox.Domain ?? bound.Schema.Mailbox.Address;
        var sql = bound.Schema.Mailbox.Domain is null ? database.DomainOf(text.Ref(column)) : mixedDomains ? $"lower({text.Ref(column)})" : text.Ref(column);
        return [database.IsAnyOf(command, sql, bound.Column(column), AddressSpellings.OfDomain(domain))];
    }

    private void BuildPage(DbCommand command, MailboxFilter filter, bool mixedDomains, string from, string key, string? after)
    {
        var conditions = OfDomain(command, filter, mixedDomains);
        if (after is not null)
        {
            conditions.Add($"{key} > {database.Parameter(command, "after", bound.KeyColumn, after)}");
        }

        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT {query.SelectList} FROM {from}{Where(conditions)} ORDER BY {key} LIMIT {PageSize}");
    }
}
