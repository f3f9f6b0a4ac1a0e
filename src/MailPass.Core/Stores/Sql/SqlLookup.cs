using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>Finds mailboxes by their addresses, and rows that share one.</summary>
/// <param name="database">The database.</param>
/// <param name="bound">The schema over its tables.</param>
/// <param name="query">The columns to read.</param>
/// <param name="reading">How it is read.</param>
internal sealed class SqlLookup(SqlDatabase database, BoundSchema bound, AccountQuery query, SqlReading reading)
{
    private bool? _mixedCase;

    /// <summary>Looks mailboxes up.</summary>
    /// <param name="addresses">The mailboxes.</param>
    /// <param name="cancellationToken">Stops the look-up.</param>
    /// <returns>One entry for each address, in their order; <see langword="null"/> if there is no such mailbox.</returns>
    public async ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        var found = new MailboxAccount?[addresses.Count];
        if (addresses.Count == 0)
        {
            return found;
        }

        var rows = new SharedAddresses(addresses.Count);
        await FindSpelledAsync(addresses, ignoringCase: false, rows, cancellationToken).ConfigureAwait(false);
        if (await MixedCaseAsync(cancellationToken).ConfigureAwait(false))
        {
            // Also for those that were found: another row may differ from them only in case.
            await FindSpelledAsync(addresses, ignoringCase: true, rows, cancellationToken).ConfigureAwait(false);
        }

        for (var i = 0; i < found.Length; i++)
        {
            found[i] = rows.AccountOf(addresses[i]);
        }

        return found;
    }

    /// <summary>Looks up which rows share an address.</summary>
    /// <param name="addresses">Addresses that several rows may have.</param>
    /// <param name="ignoringCase">Whether the statement must ignore case itself, because the column's comparison does not.</param>
    /// <param name="cancellationToken">Stops the look-up.</param>
    public async Task<SharedAddresses> FindRowsAsync(IReadOnlyCollection<MailboxAddress> addresses, bool ignoringCase, CancellationToken cancellationToken)
    {
        var rows = new SharedAddresses(addresses.Count);
        await FindSpelledAsync(addresses, ignoringCase, rows, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    // Whether the table has addresses that are not in lower case and that an equal comparison would not find. Checked once: a table
    // without such rows, which is nearly every one, is searched by its index alone.
    private async ValueTask<bool> MixedCaseAsync(CancellationToken cancellationToken)
    {
        var lookup = bound.Schema.Mailbox.Lookup;
        if (_mixedCase is null && (lookup != bound.Schema.Mailbox.Address || database.ComparesIgnoringCase(bound.Column(lookup))))
        {
            _mixedCase = false;
        }

        var column = query.Text.Ref(lookup);
        return _mixedCase ??= await reading.AnyAsync($"SELECT 1 FROM {query.Text.From([lookup.Alias])} WHERE {column} <> lower({column}) LIMIT 1", cancellationToken).ConfigureAwait(false);
    }

    // As many statements as the addresses' spellings need; nearly always one.
    private async Task FindSpelledAsync(IReadOnlyCollection<MailboxAddress> addresses, bool ignoringCase, SharedAddresses found, CancellationToken cancellationToken)
    {
        var spellings = new HashSet<string>(addresses.Count, StringComparer.Ordinal);
        foreach (var address in addresses)
        {
            AddressSpellings.Add(address, spellings);
        }

        var mailbox = bound.Schema.Mailbox;
        var lookup = mailbox.Lookup;
        var text = query.Text;
        var column = ignoringCase ? $"lower({text.Ref(lookup)})" : text.Ref(lookup);
        var hint = ignoringCase || lookup.Alias != mailbox.Alias ? string.Empty : database.LookupHint(bound.Table(lookup.Alias), [lookup.Column]);
        var from = text.From([.. query.Aliases, lookup.Alias], hint);
        var all = ignoringCase ? spellings.Select(spelling => spelling.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToArray() : [.. spellings];
        for (var rest = new ArraySegment<string>(all); rest.Count > 0;)
        {
            var texts = rest[..Fitting(rest)];
            var rows = new List<(MailboxAccount Account, string Spelling)>(texts.Count);
            await reading.ReadAsync(
                rows.Clear,
                command => command.CommandText = $"SELECT {query.SelectList} FROM {from} WHERE {database.IsAnyOf(command, column, bound.Column(lookup), texts)}",
                reader =>
                {
                    if (query.Read(reader, out var spelling) is { } account)
                    {
                        rows.Add((account, spelling!));
                    }
                },
                cancellationToken).ConfigureAwait(false);
            rows.ForEach(row => found.Add(row.Account, row.Spelling));
            rest = rest[texts.Count..];
        }
    }

    private int Fitting(ArraySegment<string> texts)
    {
        // What a dialect adds to a text: quotes, a comma, perhaps a conversion to the column's character set.
        const int Around = 100;
        long length = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            length += Encoding.UTF8.GetByteCount(texts[i]) + Around;
            if (length > database.LongestList && i > 0)
            {
                return i;
            }
        }

        return texts.Count;
    }
}
