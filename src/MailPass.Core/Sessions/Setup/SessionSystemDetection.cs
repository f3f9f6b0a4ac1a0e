using System.Globalization;
using MailPass.Sessions.GroupOffice;
using MailPass.Sessions.Roundcube;
using MailPass.Sessions.Sql;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Setup;

/// <summary>A system that keeps sessions or further credentials in a database.</summary>
public enum SessionSystemKind
{
    /// <summary>Roundcube, sessions in its database.</summary>
    Roundcube,

    /// <summary>Group-Office.</summary>
    GroupOffice,

    /// <summary>SOGo.</summary>
    Sogo,

    /// <summary>mailcow's app passwords and OAuth tokens.</summary>
    Mailcow,

    /// <summary>PostfixAdmin's app passwords.</summary>
    PostfixAdmin,
}

/// <summary>Finds out by its tables which systems a database belongs to, and creates the authority for a system.</summary>
public static class SessionSystemDetection
{
    // The tables of the other systems have fixed names.
    private static readonly SessionSystemKind[] Prefixed = [SessionSystemKind.Roundcube, SessionSystemKind.PostfixAdmin];

    private static readonly (SessionSystemKind Kind, string Table, string[] Columns)[] Signatures =
    [
        Of(SessionSystemKind.Roundcube, RoundcubeAuthority.Signature),
        Of(SessionSystemKind.GroupOffice, GroupOfficeAuthority.Signature),
        Of(SessionSystemKind.Sogo, SogoAuthority.Signature),
        Of(SessionSystemKind.Mailcow, AppPasswordAuthority.MailcowSignature),
        Of(SessionSystemKind.PostfixAdmin, AppPasswordAuthority.PostfixAdminSignature),
    ];

    /// <summary>The systems whose tables the login can see; several may share a database.</summary>
    /// <param name="database">The database.</param>
    /// <param name="tablePrefix">The prefix of the tables' names (Roundcube, PostfixAdmin).</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    public static async Task<IReadOnlyList<SessionSystemKind>> DetectAsync(SessionDatabase database, string tablePrefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(tablePrefix);
        try
        {
            var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var found = new List<SessionSystemKind>();
                foreach (var (kind, table, columns) in Signatures)
                {
                    if (await connection.HasAsync(Named(kind, table, tablePrefix), columns, cancellationToken).ConfigureAwait(false))
                    {
                        found.Add(kind);
                    }
                }

                return found;
            }
        }
        catch (Exception e) when (database.IsFault(e))
        {
            throw new MailPassException(ErrorIds.SessionAuthorityUnreachable, $"The database {database.Name} cannot be reached. {database.Explain(e)}", innerException: e);
        }
    }

    /// <summary>Creates the authority for a system.</summary>
    /// <param name="kind">The system.</param>
    /// <param name="database">Its database.</param>
    /// <param name="settings">Its configuration; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a file that the settings name cannot be used.</exception>
    public static ISessionAuthority Create(SessionSystemKind kind, SessionDatabase database, WebmailSettings? settings = null, ILogger? logger = null)
    {
        settings ??= new();
        return kind switch
        {
            SessionSystemKind.Roundcube => new RoundcubeAuthority(database, new RoundcubeOptions { TablePrefix = settings.TablePrefix, DefaultDomain = settings.RoundcubeDomain }, logger),
            SessionSystemKind.GroupOffice => new GroupOfficeAuthority(database, settings.GroupOffice, logger),
            SessionSystemKind.Sogo => new SogoAuthority(database, settings.SogoEverybody, settings.AfterRevoke, logger),
            SessionSystemKind.Mailcow => AppPasswordAuthority.Mailcow(database, logger),
            SessionSystemKind.PostfixAdmin => AppPasswordAuthority.PostfixAdmin(database, settings.TablePrefix, logger),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    /// <summary>The databases of a MySQL or MariaDB server that have a system's tables, as far as the login sees them.</summary>
    internal static async Task<IReadOnlyList<string>> FindDatabasesAsync(SessionDatabase database, SessionSystemKind kind, string tablePrefix, CancellationToken cancellationToken)
    {
        var (_, table, columns) = Array.Find(Signatures, signature => signature.Kind == kind);
        var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var names = string.Join(", ", columns.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"@p{i + 1}")));
            return await connection.QueryAsync(
                $"SELECT TABLE_SCHEMA FROM information_schema.COLUMNS WHERE TABLE_NAME = @p0 AND COLUMN_NAME IN ({names}) GROUP BY TABLE_SCHEMA HAVING COUNT(*) = {columns.Length.ToString(CultureInfo.InvariantCulture)} ORDER BY 1",
                [Named(kind, table, tablePrefix), .. columns],
                reader => reader.GetString(0),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The other databases of a PostgreSQL server that this login may connect to.</summary>
    internal static async Task<IReadOnlyList<string>> ListPostgreSqlDatabasesAsync(SessionDatabase database, CancellationToken cancellationToken)
    {
        var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.QueryAsync(
                "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND has_database_privilege(datname, 'CONNECT') AND datname <> current_database() ORDER BY 1",
                [],
                reader => reader.GetString(0),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Named(SessionSystemKind kind, string table, string prefix) => Prefixed.Contains(kind) ? prefix + table : table;

    private static (SessionSystemKind Kind, string Table, string[] Columns) Of(SessionSystemKind kind, (string Table, string[] Columns) signature) =>
        (kind, signature.Table, signature.Columns);
}
