using MailPass.Sessions.Sql;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Setup;

/// <summary>Opens webmails and panels by their names and their database, as session systems.</summary>
public static class WebmailSystems
{
    /// <summary>The name for all systems that the database's tables show.</summary>
    public const string Auto = "Auto";

    /// <summary>The names, <see cref="Auto"/> last.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<SessionSystemKind>(), Auto];

    /// <summary>Reads names, in any case and with or without hyphens (<c>group-office</c>).</summary>
    /// <param name="names">The names.</param>
    /// <returns>The systems, each once; empty if <see cref="Auto"/> is among the names.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: an unknown name.</exception>
    public static IReadOnlyList<SessionSystemKind> Parse(IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var kinds = names.Select(Parse).Distinct().ToList();
        return kinds.Contains(null) ? [] : [.. kinds.Select(kind => kind!.Value)];
    }

    /// <summary>Opens a database like a store, and creates a session system for each named webmail or panel.</summary>
    /// <param name="names">Some of <see cref="Names"/>.</param>
    /// <param name="location">The database they share.</param>
    /// <param name="options">Options for opening it; the schema is ignored.</param>
    /// <param name="settings">The systems' settings; <see langword="null"/> for the defaults.</param>
    /// <param name="searchServer">Whether to search the other databases of a MySQL, MariaDB or PostgreSQL server for a system that is not in this one, as far as the login sees them.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>At least one system; the caller disposes of each.</returns>
    /// <exception cref="MailPassException">
    /// <see cref="ErrorIds.SchemaNotDetected"/>: the tables of a system are missing, or the login may not see them;
    /// <see cref="ErrorIds.InputInvalid"/>; and as in <see cref="SessionDatabase.OpenAsync(StoreLocation, StoreOpenOptions, ILogger?, CancellationToken)"/>.
    /// </exception>
    public static async Task<IReadOnlyList<ISessionAuthority>> ConnectAsync(
        IReadOnlyCollection<string> names,
        StoreLocation location,
        StoreOpenOptions options,
        WebmailSettings? settings = null,
        bool searchServer = false,
        ILogger? logger = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        settings = (settings ?? new()).With(options);
        settings.Require(Parse(names));
        var systems = new List<ISessionAuthority>();
        try
        {
            var opening = new Opening(location, options, settings, searchServer, logger);
            var database = await opening.OpenAsync(location.Database, cancellationToken).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                await opening.AddAsync(systems, Parse(names), database, cancellationToken).ConfigureAwait(false);
            }

            return systems;
        }
        catch
        {
            foreach (var system in systems)
            {
                await system.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private static SessionSystemKind? Parse(string name)
    {
        var plain = name.Replace("-", string.Empty, StringComparison.Ordinal);
        return plain.Equals(Auto, StringComparison.OrdinalIgnoreCase) ? null
            // Enum.TryParse would accept a number too.
            : plain.Length > 0 && char.IsAsciiLetter(plain[0]) && Enum.TryParse<SessionSystemKind>(plain, ignoreCase: true, out var kind) ? kind
            : throw new MailPassException(ErrorIds.InputInvalid, $"'{name}' is not a webmail that MailPass knows.", $"Write one of {string.Join(", ", Names)}.");
    }

    /// <summary>The state of one call.</summary>
    private sealed class Opening(StoreLocation location, StoreOpenOptions options, WebmailSettings settings, bool searchServer, ILogger? logger)
    {
        public Task<SessionDatabase> OpenAsync(string? name, CancellationToken cancellationToken) =>
            SessionDatabase.OpenAsync(location with { Database = name }, options, logger, cancellationToken);

        /// <summary>Finds the systems. A missing one is an error now, and not for each mailbox after its password was changed.</summary>
        public async Task AddAsync(List<ISessionAuthority> systems, IReadOnlyList<SessionSystemKind> wanted, SessionDatabase database, CancellationToken cancellationToken)
        {
            var found = await SessionSystemDetection.DetectAsync(database, settings.TablePrefix, cancellationToken).ConfigureAwait(false);
            if (wanted.Count == 0)
            {
                wanted = found.Count > 0 ? found : throw NotThere($"any webmail ({string.Join(", ", Enum.GetNames<SessionSystemKind>())})", database);
                settings.RequireSystems(wanted);
            }

            foreach (var kind in wanted)
            {
                var elsewhere = found.Contains(kind) || !searchServer ? [] : await ElsewhereAsync(kind, database, cancellationToken).ConfigureAwait(false);
                if (elsewhere.Count > 1)
                {
                    throw new MailPassException(ErrorIds.SchemaNotDetected, $"More than one database has tables of {kind}: {string.Join(", ", elsewhere)}.", "Name the right one.");
                }

                if (elsewhere.Count == 1)
                {
                    var other = await OpenAsync(elsewhere[0], cancellationToken).ConfigureAwait(false);
                    await using (other.ConfigureAwait(false))
                    {
                        systems.Add(SessionSystemDetection.Create(kind, other, settings, logger));
                    }
                }
                else
                {
                    systems.Add(found.Contains(kind) || IsOptional(kind) ? SessionSystemDetection.Create(kind, database, settings, logger) : throw NotThere(kind.ToString(), database));
                }
            }
        }

        /// <summary>The server's other databases that have a system's tables, as far as the login sees them.</summary>
        private async Task<IReadOnlyList<string>> ElsewhereAsync(SessionSystemKind kind, SessionDatabase database, CancellationToken cancellationToken)
        {
            if (location.Provider is StoreProvider.MySql)
            {
                return await SessionSystemDetection.FindDatabasesAsync(database, kind, settings.TablePrefix, cancellationToken).ConfigureAwait(false);
            }

            // PostgreSQL shows only the names of other databases, so each must be opened.
            var found = new List<string>();
            var names = location.Provider is StoreProvider.PostgreSql ? await SessionSystemDetection.ListPostgreSqlDatabasesAsync(database, cancellationToken).ConfigureAwait(false) : [];
            foreach (var name in names)
            {
                try
                {
                    var other = await OpenAsync(name, cancellationToken).ConfigureAwait(false);
                    await using (other.ConfigureAwait(false))
                    {
                        if ((await SessionSystemDetection.DetectAsync(other, settings.TablePrefix, cancellationToken).ConfigureAwait(false)).Contains(kind))
                        {
                            found.Add(name);
                        }
                    }
                }
                catch (MailPassException)
                {
                    // pg_hba.conf may refuse this login although it has the right to connect; such a database counts as not visible.
                }
            }

            return found;
        }

        // Older versions of a panel have no app passwords, so there are none to end.
        private static bool IsOptional(SessionSystemKind kind) => kind is SessionSystemKind.Mailcow or SessionSystemKind.PostfixAdmin;

        private static MailPassException NotThere(string what, SessionDatabase database) => new(
            ErrorIds.SchemaNotDetected,
            $"The login sees no tables of {what} in {database.Name}.",
            "Name the webmail's own database, and grant what docs/sessions-webmail.md lists.");
    }
}
