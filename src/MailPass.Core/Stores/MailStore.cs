using MailPass.Secrets;
using MailPass.Stores.Ldap;
using MailPass.Stores.PasswdFile;
using MailPass.Stores.Sql;
using MailPass.Stores.Sql.MySql;
using MailPass.Stores.Sql.PostgreSql;
using MailPass.Stores.Sql.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Stores;

/// <summary>What opening a store needs besides its location.</summary>
public sealed record StoreOpenOptions
{
    /// <summary>The login's password; stays the caller's.</summary>
    public Secret? Password { get; init; }

    /// <summary>The schema's name or file; <see langword="null"/> to detect it from the tables or entries.</summary>
    public string? Schema { get; init; }

    /// <summary>The schema's options that are to be on, by name; see <c>docs/schemas.md</c> and the mail system's page.</summary>
    public IReadOnlyList<string> SchemaOptions { get; init; } = [];

    /// <summary>Whether an unencrypted connection may leave this machine.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>
    /// A PEM file with the certificate authorities to trust instead of the machine's; see <see cref="CertificateAuthorities"/>.
    /// The connection is then encrypted and the server's name verified wherever the server is, this machine included;
    /// a Unix socket has nothing to verify.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The shortest limit that a person may set, in seconds: drivers count whole ones.</summary>
    public const double ShortestTimeout = 1;

    /// <summary>The longest limit for connecting that a person may set, in seconds: Npgsql's own (<c>Timeout</c>).</summary>
    public const double LongestConnectTimeout = 1024;

    /// <summary>The longest limit for a statement that a person may set, in seconds: a day.</summary>
    public const double LongestCommandTimeout = 86400;

    /// <summary>How long connecting to a server may take; a fraction of a second counts as a whole one.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one statement may take, where a server counts a fraction of a second as a whole one; also how long a locked file or row is waited for.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a server that was lost in the middle of a batch is waited for, so that a restart does not end a run.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(45);
}

/// <summary>Opens and makes stores.</summary>
public static class MailStore
{
    /// <summary>Opens a store.</summary>
    /// <param name="location">Which one.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>, <see cref="ErrorIds.SchemaNotDetected"/>, <see cref="ErrorIds.StoreTlsRequired"/>…</exception>
    public static async Task<IMailboxStore> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options);
        logger ??= NullLogger.Instance;
        switch (location.Provider)
        {
            case StoreProvider.Sqlite:
                var file = await SqliteDatabase.OpenAsync(location.Path ?? string.Empty, options, cancellationToken).ConfigureAwait(false);
                return await SqlMailboxStore.OpenAsync(file, options, logger, cancellationToken).ConfigureAwait(false);
            case StoreProvider.MySql:
                var mySql = await MySqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false);
                return await SqlMailboxStore.OpenAsync(mySql, options, logger, cancellationToken).ConfigureAwait(false);
            case StoreProvider.PostgreSql:
                var postgreSql = await PostgreSqlDatabase.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false);
                return await SqlMailboxStore.OpenAsync(postgreSql, options, logger, cancellationToken).ConfigureAwait(false);
            case StoreProvider.PasswdFile:
                return PasswdFileStore.Open(location.Path ?? string.Empty, PasswdFileFormat.PasswdFile, options, logger);
            case StoreProvider.PostfixAccounts:
                return PasswdFileStore.Open(location.Path ?? string.Empty, PasswdFileFormat.PostfixAccounts, options, logger);
            case StoreProvider.Ldap:
                return await LdapMailboxStore.OpenAsync(location, options, logger, cancellationToken).ConfigureAwait(false);
            default:
                throw new ArgumentOutOfRangeException(nameof(location), location.Provider, "There is no such kind of store.");
        }
    }

    /// <summary>The names of the schemas that come with MailPass, in ascending order.</summary>
    public static IReadOnlyList<string> SchemaNames { get; } = SqlSchemas.All.Keys.Concat(LdapSchemas.All.Keys).Order(StringComparer.Ordinal).ToArray();

    /// <summary>Makes an embedded store (SQLite, MailPass's own schema) with these mailboxes.</summary>
    /// <param name="path">The file to make, 0600.</param>
    /// <param name="mailboxes">The mailboxes; taken in as they come, in flat memory.</param>
    /// <param name="cancellationToken">Stops; the unfinished file is removed.</param>
    /// <returns>How many mailboxes were put in, and each that was refused (address, reason, line).</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreExists"/>: the file is there already.</exception>
    public static Task<StoreCreation> CreateAsync(string path, IAsyncEnumerable<NewMailbox> mailboxes, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(mailboxes);
        return MailPassFile.CreateAsync(path, mailboxes, cancellationToken);
    }
}

/// <summary>A mailbox to put into a new embedded store.</summary>
public sealed record NewMailbox
{
    /// <summary>The address as it was written.</summary>
    public required string Identity { get; init; }

    /// <summary>A hash as a mail system stores it; <see langword="null"/> for none yet.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>The person's name.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Whether it can log in.</summary>
    public bool Active { get; init; } = true;

    /// <summary>The line in the input file, counted from 1.</summary>
    public long? Line { get; init; }

    /// <summary>The identity alone: hashes stay out of logs.</summary>
    public override string ToString() => Identity;
}

/// <summary>What making a store came to.</summary>
/// <param name="Created">How many mailboxes were put in.</param>
/// <param name="Refused">Each mailbox that was not, with the reason.</param>
public sealed record StoreCreation(long Created, IReadOnlyList<RefusedMailbox> Refused);

/// <summary>A mailbox that was not put in.</summary>
/// <param name="Identity">The address as it was written.</param>
/// <param name="ErrorId">One of <see cref="ErrorIds"/>.</param>
/// <param name="Message">The reason.</param>
/// <param name="Line">The line in the input file, counted from 1.</param>
public sealed record RefusedMailbox(string Identity, string ErrorId, string Message, long? Line);
