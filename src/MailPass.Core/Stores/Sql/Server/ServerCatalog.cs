using System.Data.Common;
using System.Globalization;

namespace MailPass.Stores.Sql.Server;

/// <summary>Reads a server's own tables of tables and columns.</summary>
internal static class ServerCatalog
{
    /// <summary>Reads tables and columns from rows of table, column, type, width, character set, collation.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="enginesWithoutTransactions">The storage engines of tables without transactions, by the tables' names.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<SqlCatalog> ReadAsync(DbConnection connection, string statement, IReadOnlyDictionary<string, string>? enginesWithoutTransactions, CancellationToken cancellationToken)
    {
        var columns = new List<TableColumn>();
        await connection.ReadAsync(
            statement,
            reader => columns.Add(new(reader.GetString(0), new SqlColumn(
                reader.GetString(1),
                reader.GetString(2),
                // The width of a text type can exceed 32 bits (longtext); no hash is that long.
                reader.IsDBNull(3) ? null : (int)Math.Min(int.MaxValue, Convert.ToDecimal(reader.GetValue(3), CultureInfo.InvariantCulture)),
                ColumnText.Read(reader, 4),
                ColumnText.Read(reader, 5)))),
            cancellationToken).ConfigureAwait(false);
        return SqlCatalog.Of(columns, enginesWithoutTransactions);
    }
}
