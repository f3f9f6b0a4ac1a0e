using System.Data.Common;
using MailPass.Stores.Sql.Server;

namespace MailPass.Stores.Sql.PostgreSql;

/// <summary>Reads which tables and columns a database has.</summary>
internal static class PostgreSqlCatalog
{
    /// <summary>Reads them.</summary>
    /// <param name="connection">A ready connection.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static Task<SqlCatalog> ReadAsync(DbConnection connection, CancellationToken cancellationToken) => ServerCatalog.ReadAsync(
        connection,
        // From the system's own tables, because information_schema spells types in ways that a cast does not accept. Tables that the
        // login may not use are left out, as in information_schema. "character" without a width would mean one character.
        """
        SELECT c.relname, a.attname, CASE WHEN a.atttypid = 'bpchar'::regtype THEN 'bpchar' ELSE format_type(a.atttypid, NULL) END,
               CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
               NULL, NULL
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid)
          AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND (has_column_privilege(c.oid, a.attnum, 'SELECT') OR has_column_privilege(c.oid, a.attnum, 'INSERT') OR has_column_privilege(c.oid, a.attnum, 'UPDATE'))
        ORDER BY c.relname, a.attnum
        """,
        null,
        cancellationToken);
}
