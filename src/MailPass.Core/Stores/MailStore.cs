using MailPass.Stores.Ldap;
using MailPass.Stores.PasswdFile;
using MailPass.Stores.Sql;
using MailPass.Stores.Sql.MySql;
using MailPass.Stores.Sql.PostgreSql;
using MailPass.Stores.Sql.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Stores;

/// <summary>Opens and makes stores.</summary>
public static class MailStore
{
    /// <summary>Opens a store.</summary>
    /// <param name="location">The store's location.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>, <see cref="ErrorIds.SchemaNotDetected"/>, <see cref="ErrorIds.StoreTlsRequired"/>…</exception>
    public static async Task<IMailboxStore> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options);
        var store = await OpenWholeAsync(location, options, logger ?? NullLogger.Instance, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ScopedStore.WithAsync(store, options.Scope, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The names of the schemas that come with MailPass, in ascending order.</summary>
    public static IReadOnlyList<string> SchemaNames { get; } = SqlSchemas.All.Keys.Concat(LdapSchemas.All.Keys).Order(StringComparer.Ordinal).ToArray();

    /// <summary>Makes an embedded store (SQLite, MailPass's own schema) with these mailboxes.</summary>
    /// <param name="path">The file to make, 0600.</param>
    /// <param name="mailboxes">The mailboxes; written as they come, so the memory does not grow with their number.</param>
    /// <param name="cancellationToken">Stops; the unfinished file is removed.</param>
    /// <returns>How many mailboxes were put in, and each that was refused (address, reason, line).</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreExists"/>: the file exists already.</exception>
    public static Task<StoreCreation> CreateAsync(string path, IAsyncEnumerable<NewMailbox> mailboxes, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(mailboxes);
        return MailPassFile.CreateAsync(path, mailboxes, cancellationToken);
    }

    private static async Task<IMailboxStore> OpenWholeAsync(StoreLocation location, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        switch (location.Provider)
        {
            case StoreProvider.Sqlite:
                var file = await SqliteDatabase.OpenAsync(location.Path ?? string.Empty, options, cancellationToken).ConfigureAwait(false);
                return await SqlStoreOpening.OpenAsync(file, options, logger, cancellationToken).ConfigureAwait(false);
            case StoreProvider.MySql:
                var mySql = await MySqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false);
                return await SqlStoreOpening.OpenAsync(mySql, options, logger, cancellationToken).ConfigureAwait(false);
            case StoreProvider.PostgreSql:
                var postgreSql = await PostgreSqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false);
                return await SqlStoreOpening.OpenAsync(postgreSql, options, logger, cancellationToken).ConfigureAwait(false);
            case StoreProvider.PasswdFile:
                return DomainFiles.IsPattern(location.Path!)
                    ? DomainFilesStore.Open(location, options, logger)
                    : PasswdFileStore.Open(location, PasswdFileFormat.PasswdFile with { Domain = location.Domain }, options, logger);
            case StoreProvider.PostfixAccounts:
                return PasswdFileStore.Open(location, PasswdFileFormat.PostfixAccounts, options, logger);
            case StoreProvider.Ldap:
                return await LdapMailboxStore.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false);
            default:
                throw new ArgumentOutOfRangeException(nameof(location), location.Provider, "There is no such kind of store.");
        }
    }
}
