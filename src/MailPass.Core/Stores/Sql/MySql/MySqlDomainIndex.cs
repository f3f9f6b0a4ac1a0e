namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// The index along which a domain's mailboxes lie in the order of their keys. The server has to be told of it: by itself
/// it looks the domain up and passes over every key from the domain's first on, page after page, which takes 10 ms of
/// each page of 2,000 in the middle of 100,000 mailboxes instead of 1, and grows with the square of their number.
/// </summary>
internal static class MySqlDomainIndex
{
    /// <summary>Finds it: the domain's column alone (an index of InnoDB's ends with the primary key by itself), or with the key behind it.</summary>
    /// <param name="bound">The schema over its tables.</param>
    /// <returns><see langword="null"/> where there is none.</returns>
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
