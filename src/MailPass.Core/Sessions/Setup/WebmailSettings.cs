using MailPass.Sessions.GroupOffice;
using MailPass.Stores;

namespace MailPass.Sessions.Setup;

/// <summary>Settings of webmails and panels that differ from the defaults, and what to end only on request.</summary>
public sealed record WebmailSettings
{
    /// <summary>The prefix of the tables' names (Roundcube's <c>db_prefix</c>, PostfixAdmin's <c>database_prefix</c>): letters, digits and underscores.</summary>
    public string TablePrefix { get; init; } = string.Empty;

    /// <summary>Roundcube's <c>username_domain</c>: the domain of users who log in without one.</summary>
    public string? RoundcubeDomain { get; init; }

    /// <summary>The settings of Group-Office, except for those that <see cref="AfterRevoke"/> and the database's connection provide.</summary>
    public GroupOfficeOptions GroupOffice { get; init; } = new();

    /// <summary>Whether to log out all users of SOGo together with any of them, because SOGo's sessions cannot be told apart.</summary>
    public bool SogoEverybody { get; init; }

    /// <summary>
    /// A program of this machine and its arguments that empties the cache of Group-Office or SOGo, for example <c>systemctl
    /// reload php8.2-fpm</c> or <c>systemctl restart memcached</c>: run after sessions were deleted that the cache may still
    /// have. Empty for none.
    /// </summary>
    public IReadOnlyList<string> AfterRevoke { get; init; } = [];

    /// <summary>The settings, completed with those of the database's connection.</summary>
    internal WebmailSettings With(StoreOpenOptions options) => this with
    {
        GroupOffice = GroupOffice with
        {
            AfterRevoke = AfterRevoke,
            AllowPlaintext = options.AllowPlaintext,
            TrustedRoots = GroupOffice.Address is not null && options.AuthorityFile is { } file ? CertificateAuthorities.Read(file) : null,
        },
    };

    /// <summary>Checks that the settings fit the named systems, and that the files they name can be used.</summary>
    /// <param name="systems">The systems; empty if they are not detected yet.</param>
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

    /// <summary>Checks that there is a system for each setting.</summary>
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
