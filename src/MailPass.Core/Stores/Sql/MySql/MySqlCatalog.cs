using System.Data.Common;
using MailPass.Stores.Sql.Server;

namespace MailPass.Stores.Sql.MySql;

/// <summary>Reads which tables, columns and indexes a database has.</summary>
internal static class MySqlCatalog
{
    /// <summary>Reads them.</summary>
    /// <param name="connection">A ready connection.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<SqlCatalog> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var enginesWithoutTransactions = new Dictionary<string, string>(StringComparer.Ordinal);
        await connection.ReadAsync(
            """
            SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES
            WHERE TABLE_SCHEMA = DATABASE() AND ENGINE IN (SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'NO')
            """,
            reader => enginesWithoutTransactions[reader.GetString(0)] = reader.GetString(1),
            cancellationToken).ConfigureAwait(false);
        var catalog = await ServerCatalog.ReadAsync(
            connection,
            """
            SELECT TABLE_NAME, COLUMN_NAME, LOWER(DATA_TYPE), CHARACTER_MAXIMUM_LENGTH, CHARACTER_SET_NAME, COLLATION_NAME
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
            """,
            enginesWithoutTransactions,
            cancellationToken).ConfigureAwait(false);
        return catalog.With(await IndexesAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    // Only indexes that a statement may name: not those made invisible (MySQL 8.0) or ignored (MariaDB 10.6).
    private static async Task<IEnumerable<(string Table, SqlIndex Index)>> IndexesAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var parts = new List<(string Table, string Index, string? Column)>();
        await connection.ReadAsync(
            "SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_TYPE = 'BTREE' ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
            reader =>
            {
                var row = Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, i => ColumnText.Read(reader, i), StringComparer.OrdinalIgnoreCase);
                if (row.GetValueOrDefault("IS_VISIBLE") != "NO" && row.GetValueOrDefault("IGNORED") != "YES")
                {
                    parts.Add((row["TABLE_NAME"]!, row["INDEX_NAME"]!, row["SUB_PART"] is null ? row["COLUMN_NAME"] : null));
                }
            },
            cancellationToken).ConfigureAwait(false);
        return parts.GroupBy(part => (part.Table, part.Index), part => part.Column).Select(index => (index.Key.Table, new SqlIndex(index.Key.Index, index.ToArray())));
    }
}
