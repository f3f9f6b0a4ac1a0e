namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// The index that has a domain's mailboxes in the order of their keys. The statement must name it: otherwise the server looks the
/// domain up and skips all keys from the domain's first one, for every page. In the middle of 100,000 mailboxes a page of 2,000
/// then takes 10 ms instead of 1, and the total time grows with the square of the number of mailboxes.
/// </summary>
internal static class MySqlDomainIndex
{
    /// <summary>Finds it: the domain's column alone (an index of InnoDB's ends with the primary key by itself), or followed by the key.</summary>
    /// <param name="bound">The schema over its tables.</param>
    /// <returns><see langword="null"/> if there is none.</returns>
    public static SqlIndex? Of(BoundSchema bound)
    {
        var table = bound.Table(bound.Schema.Mailbox.Alias);
        var key = bound.KeyColumn.Name;
        return DomainColumn(bound) is { } domain
            && table.EngineWithoutTransactions is null
            && table.Indexes.Any(index => index.Name.Equals("PRIMARY", StringComparison.OrdinalIgnoreCase) && index.Is(key))
                ? table.Indexes.FirstOrDefault(index => index.Is(domain) || index.Is(domain, key))
                : null;
    }

    // The column of the mailbox's own table that says which domain it is in: the domain, or what another table's row is found by.
    private static string? DomainColumn(BoundSchema bound)
    {
        var own = bound.Schema.Mailbox.Alias;
        if (bound.Schema.Mailbox.Domain is not { } column)
        {
            return null;
        }

        if (column.Alias != own)
        {
            if (bound.Joins.FirstOrDefault(join => join.Alias == column.Alias) is not { On: [var only], Constants.Count: 0 })
            {
                return null;
            }

            column = only.Value;
        }

        return column.Alias == own && !column.DomainOnly ? bound.Column(column).Name : null;
    }
}
