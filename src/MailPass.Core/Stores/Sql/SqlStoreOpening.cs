using System.Data.Common;
using System.Globalization;
using MailPass.Mailboxes;
using MailPass.Platform;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Sql;

/// <summary>Opens a database as a store: reads its tables, finds or checks the schema, and takes a sample of the hashes.</summary>
internal static class SqlStoreOpening
{
    /// <summary>Opens a database.</summary>
    /// <param name="database">The database; taken over, even if opening fails.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<SqlMailboxStore> OpenAsync(SqlDatabase database, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var candidates = options.Schema is { } name ? [SqlSchemas.Get(name)] : SqlSchemas.All.Values.ToArray();
            var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var catalog = await database.ReadCatalogAsync(connection, cancellationToken).ConfigureAwait(false);
                var (schema, prefix) = SchemaDetector.Detect(catalog, database.Engine, candidates, database.Location);
                var missing = schema.OtherCredentials.Where(credential => credential.Table is not null).Select(credential => prefix + credential.Table).Where(table => !catalog.Tables.ContainsKey(table)).ToArray();
                var outOfSight = await database.OutOfSightAsync(connection, missing, cancellationToken).ConfigureAwait(false);
                var bound = BoundSchema.Bind(schema, catalog, prefix, options.SchemaOptions, outOfSight);
                HashSample sample;
                try
                {
                    sample = await SampleAsync(database, bound, connection, cancellationToken).ConfigureAwait(false);
                }
                catch (DbException e) when (bound.Kept.Count > 0 && !database.IsTransient(e))
                {
                    bound.KeepNothing();
                    sample = await SampleAsync(database, bound, connection, cancellationToken).ConfigureAwait(false);
                }

                var store = new SqlMailboxStore(database, bound, sample, database.Engine is SqlEngine.Sqlite ? null : VersionOf(connection.ServerVersion));
                StoreLog.Opened(logger, store.Info.Kind, store.Info.Location, store.Info.Schema);
                foreach (var note in store.Info.Notes.Concat(store.Info.Warnings))
                {
                    StoreLog.Note(logger, note);
                }

                return store;
            }
        }
        catch (Exception e)
        {
            await database.DisposeAsync().ConfigureAwait(false);
            if (database.IsFault(e))
            {
                throw database.Explain(e);
            }

            throw;
        }
    }

    private static async Task<HashSample> SampleAsync(SqlDatabase database, BoundSchema bound, DbConnection connection, CancellationToken cancellationToken)
    {
        var sample = new HashSample(bound.Schema.Hash.Unprefixed);
        var query = new AccountQuery(database, bound);
        var hash = query.Text.Ref(bound.Schema.Hash.Column);
        await connection.ReadAsync(
            string.Create(CultureInfo.InvariantCulture, $"SELECT {query.SelectList} FROM {query.Text.From(query.Aliases)} WHERE {hash} <> '' LIMIT {HashSample.Size}"),
            reader =>
            {
                // Rooms and lists have no hash in that column, and nobody reads the one of people from another directory.
                if (query.Read(reader) is { State: not MailboxState.External } account)
                {
                    sample.Add(account.PasswordHash);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return sample;
    }

    // MariaDB before 11 reports MySQL 5.5.5 first, for old replicas, and then its real version.
    private static string VersionOf(string version) => ServerText.OneLine(version.StartsWith("5.5.5-", StringComparison.Ordinal) ? version["5.5.5-".Length..] : version);
}
