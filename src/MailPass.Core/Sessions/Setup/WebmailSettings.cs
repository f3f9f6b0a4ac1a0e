using MailPass.Sessions.GroupOffice;
using MailPass.Stores;

namespace MailPass.Sessions.Setup;

/// <summary>How webmails and panels are set up where it is not the usual way, and what of them ends only on request.</summary>
public sealed record WebmailSettings
{
    /// <summary>What stands before the tables' names (Roundcube's <c>db_prefix</c>, PostfixAdmin's <c>database_prefix</c>): letters, digits and underscores.</summary>
    public string TablePrefix { get; init; } = string.Empty;

    /// <summary>Roundcube's <c>username_domain</c>: the domain of users who log in without one.</summary>
    public string? RoundcubeDomain { get; init; }

    /// <summary>Group-Office. How its address is reached, and its program, come from beside it.</summary>
    public GroupOfficeOptions GroupOffice { get; init; } = new();

    /// <summary>Whether all users of SOGo are logged out with any of them, since nobody can tell SOGo's sessions apart.</summary>
    public bool SogoEverybody { get; init; }

    /// <summary>
    /// A program of this machine and its arguments that empties the cache of Group-Office or SOGo, for example <c>systemctl
    /// reload php8.2-fpm</c> or <c>systemctl restart memcached</c>: run after sessions were deleted that the cache may still
    /// have. Empty for none.
    /// </summary>
    public IReadOnlyList<string> AfterRevoke { get; init; } = [];

    /// <summary>The settings with what they share with the database's connection.</summary>
    internal WebmailSettings With(StoreOpenOptions options) => this with
    {
        GroupOffice = GroupOffice with
        {
            AfterRevoke = AfterRevoke,
            AllowPlaintext = options.AllowPlaintext,
            TrustedRoots = GroupOffice.Address is not null && options.AuthorityFile is { } file ? CertificateAuthorities.Read(file) : null,
        },
    };

    /// <summary>Makes sure that the settings fit the systems that were named, and that files that they name can be used.</summary>
    /// <param name="systems">The systems; empty where they are still to be found.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    internal void Require(IReadOnlyCollection<SessionSystemKind> systems)
    {
        if (GroupOffice.KeyFile is { } file)
        {
            InstallationKey.Read(file).Dispose();
        }

        if (systems.Count > 0)
        {
            RequireSystems(systems);
        }
    }

    /// <summary>Makes sure that what was set has a system that it is for.</summary>
    /// <param name="systems">The systems that were named or found.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    internal void RequireSystems(IReadOnlyCollection<SessionSystemKind> systems)
    {
        Require(TablePrefix.Length > 0, "A table prefix", SessionSystemKind.Roundcube, SessionSystemKind.PostfixAdmin);
        Require(RoundcubeDomain is not null, "The domain of users without one", SessionSystemKind.Roundcube);
        Require(!GroupOffice.IsUsual, "A setting of Group-Office", SessionSystemKind.GroupOffice);
        Require(AfterRevoke.Count > 0, "A program to run after sessions were ended", SessionSystemKind.GroupOffice, SessionSystemKind.Sogo);
        Require(SogoEverybody, "Logging everybody out", SessionSystemKind.Sogo);

        void Require(bool isSet, string what, params SessionSystemKind[] kinds)
        {
            if (isSet && !kinds.Any(systems.Contains))
            {
                throw new MailPassException(
                    ErrorIds.InputInvalid,
                    $"{what} was given, which is for {string.Join(" or ", kinds)}, and that is not among the webmails.",
                    "Name that webmail too, or leave the setting out.");
            }
        }
    }
}
