using MailPass.Mailboxes;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Policy;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>
/// The description of one site: its store, its session systems, its policy and its login servers. It comes from a profile's file
/// (<see cref="Load(string)"/>), from a command's options, or from both.
/// </summary>
public sealed record SiteProfile
{
    /// <summary>The profile's name; <see langword="null"/> if there is no file.</summary>
    public string? Name { get; init; }

    /// <summary>The profile's file; <see langword="null"/> if there is none.</summary>
    public string? File { get; init; }

    /// <summary>The store; <see langword="null"/> if the profile names none.</summary>
    public StoreProfile? Store { get; init; }

    /// <summary>The schema's name or file; <see langword="null"/> to detect it.</summary>
    public string? Schema { get; init; }

    /// <summary>The schema's options to turn on.</summary>
    public IReadOnlyList<string> SchemaOptions { get; init; } = [];

    /// <summary>Scheme and cost for new hashes; <see langword="null"/> if each mailbox keeps its own.</summary>
    public HashSettings? Hash { get; init; }

    /// <summary>The policies, the site's and its domains' own; <see langword="null"/> for <see cref="PasswordPolicy.Default"/>.</summary>
    public DomainPolicies? Policies { get; init; }

    /// <summary>The Dovecot servers; <see langword="null"/> for none.</summary>
    public DovecotProfile? Dovecot { get; init; }

    /// <summary>The webmails and panels, each with its own database and settings.</summary>
    public IReadOnlyList<WebmailProfile> Webmails { get; init; } = [];

    /// <summary>The servers that mailboxes log in to; <see langword="null"/> for none.</summary>
    public LoginProfile? Login { get; init; }

    /// <summary>The folder of runs; <see langword="null"/> for the account's own state folder.</summary>
    public JournalProfile? Journal { get; init; }

    /// <summary>The allowed mailboxes and actions; <see langword="null"/> for everything.</summary>
    public ScopeProfile? Scope { get; init; }

    /// <summary>The site's scope.</summary>
    public MailboxScope ToScope() => Scope?.ToScope($"profile {Name}") ?? MailboxScope.Everything;

    /// <summary>Reads a profile.</summary>
    /// <param name="nameOrPath">Its name, looked for in <see cref="ProfileFolders"/>, or the path of its file if it has a slash.</param>
    /// <exception cref="ProfileException">
    /// <see cref="ErrorIds.ProfileInvalid"/>: the file has faults, all of which the exception has;
    /// <see cref="ErrorIds.ProfileUnsafe"/>: others can write the file, or read a secret's file that it names.
    /// </exception>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ProfileNotFound"/>.</exception>
    public static SiteProfile Load(string nameOrPath) => Load(nameOrPath, environment: null);

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="nameOrPath">Its name, or the path of its file.</param>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    public static SiteProfile Load(string nameOrPath, Func<string, string?>? environment)
    {
        var reading = ProfileReading.Of(nameOrPath, environment);
        return reading.Faults.Count == 0 ? reading.Profile : throw new ProfileException(reading.File, reading.Faults);
    }

    /// <summary>How many of a run's first mailboxes to log in before the rest is written.</summary>
    /// <param name="asked">The number that the call names; <see langword="null"/> if it names none.</param>
    /// <param name="isMany">Whether the run may be over more than one mailbox.</param>
    /// <returns>That number; otherwise 1 for a run over many mailboxes of a site with login servers, 0 for any other.</returns>
    public int CanaryCount(int? asked, bool isMany) => asked ?? (isMany && Login is { Servers.Count: > 0 } ? 1 : 0);

    /// <summary>Where the site's runs are remembered.</summary>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: <c>MAILPASS_JOURNAL_KEEP</c> is not a number of days.</exception>
    public RunFolder Runs(Func<string, string?>? environment = null) => RunFolder.Default(environment, Journal?.Folder);

    /// <summary>Every secret that the profile names, with the JSON path at which it does.</summary>
    public IEnumerable<(string Path, SecretSource Source)> Secrets()
    {
        if (Store?.Password is { } store)
        {
            yield return ("store.password", store);
        }

        if (Dovecot?.Key is { } key)
        {
            yield return ("dovecot.key", key);
        }

        if (Dovecot?.Password is { } password)
        {
            yield return ("dovecot.password", password);
        }

        for (var i = 0; i < Webmails.Count; i++)
        {
            if (Webmails[i].Password is { } webmail)
            {
                yield return ($"webmail[{i.ToString(System.Globalization.CultureInfo.InvariantCulture)}].password", webmail);
            }
        }
    }
}

/// <summary>A site's store.</summary>
/// <param name="Location">Which one.</param>
public sealed record StoreProfile(StoreLocation Location)
{
    /// <summary>Where the login's password is; <see langword="null"/> if the profile does not say.</summary>
    public SecretSource? Password { get; init; }

    /// <summary>Options for opening it, except for its password and schema.</summary>
    public StoreOpenOptions Options { get; init; } = new();
}
