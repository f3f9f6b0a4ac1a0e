using System.Data.Common;

namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// The index along which a domain's mailboxes lie in the order of their keys. The server has to be told of it: by itself
/// it looks the domain up and passes over every key from the domain's first on, page after page, which takes 10 ms of
/// each page of 2,000 in the middle of 100,000 mailboxes instead of 1, and grows with the square of their number.
/// </summary>
internal static class MySqlDomainIndex
{
    /// <summary>Finds it: the domain's column alone (an index of InnoDB's ends with the primary key by itself), or with the key behind it.</summary>
    /// <param name="connection">A ready connection.</param>
    /// <param name="database">The dialect.</param>
    /// <param name="bound">The schema over its tables.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>What stands behind the mailbox's table; empty where there is no such index.</returns>
    public static async ValueTask<string> HintAsync(DbConnection connection, MySqlDatabase database, BoundSchema bound, CancellationToken cancellationToken)
    {
        if (DomainColumn(bound) is not { } domain)
        {
            return string.Empty;
        }

        var table = bound.Table(bound.Schema.Mailbox.Alias).Name;
        var key = bound.KeyColumn.Name;
        var indexes = await ReadAsync(connection, table, cancellationToken).ConfigureAwait(false);
        if (!indexes.TryGetValue("PRIMARY", out var primary) || !Same(primary, [key]))
        {
            return string.Empty;
        }

        foreach (var (name, columns) in indexes)
        {
            var hint = $" FORCE INDEX ({database.Quote(name)})";
            if ((Same(columns, [domain]) || Same(columns, [domain, key])) && await IsUsableAsync(connection, database.Quote(table) + hint, database, cancellationToken).ConfigureAwait(false))
            {
                return hint;
            }
        }

        return string.Empty;
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
            if (bound.Joins.FirstOrDefault(join => join.Alias == column.Alias) is not { On: [var only] })
            {
                return null;
            }

            column = only.Value;
        }

        return column.Alias == own && !column.DomainOnly ? bound.Column(column).Name : null;
    }

    private static bool Same(List<string> columns, string[] wanted) => columns.SequenceEqual(wanted, StringComparer.OrdinalIgnoreCase);

    private static async Task<Dictionary<string, List<string>>> ReadAsync(DbConnection connection, string table, CancellationToken cancellationToken)
    {
        var indexes = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            // The first letters of a column alone keep no order of what is behind it.
            command.CommandText =
                $"""
                SELECT s.INDEX_NAME, CASE WHEN s.SUB_PART IS NULL THEN s.COLUMN_NAME ELSE '' END
                FROM information_schema.STATISTICS s JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.TABLE_SCHEMA AND t.TABLE_NAME = s.TABLE_NAME
                WHERE s.TABLE_SCHEMA = DATABASE() AND s.TABLE_NAME = {MySqlText.Literal(table)} AND t.ENGINE = 'InnoDB'
                ORDER BY s.INDEX_NAME, s.SEQ_IN_INDEX
                """;
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var name = reader.GetString(0);
                    if (!indexes.TryGetValue(name, out var columns))
                    {
                        indexes.Add(name, columns = []);
                    }

                    columns.Add(reader.IsDBNull(1) ? string.Empty : reader.GetString(1));
                }
            }
        }

        return indexes;
    }

    // An index may be kept from statements (MySQL's INVISIBLE, MariaDB's IGNORED), and naming it is an error then.
    private static async Task<bool> IsUsableAsync(DbConnection connection, string tableAndHint, MySqlDatabase database, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = $"SELECT 1 FROM {tableAndHint} LIMIT 0";
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (DbException e) when (!database.IsTransient(e))
            {
                return false;
            }
        }
    }
}
