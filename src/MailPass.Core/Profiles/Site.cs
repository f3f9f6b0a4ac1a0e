using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;
using MailPass.Sessions.Logins;
using MailPass.Sessions.Setup;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Profiles;

/// <summary>
/// Opens what a profile describes. A secret is read when it is first needed, and the user is asked for the store's only once,
/// though a webmail on the same server needs it too.
/// </summary>
public sealed class Site : IDisposable
{
    private readonly SiteSecrets _secrets;
    private readonly ILogger? _logger;
    private Secret? _storePassword;
    private bool _isAsked;

    /// <summary>Names the site; nothing is opened yet.</summary>
    /// <param name="profile">How it is reached.</param>
    /// <param name="secrets">How secrets are found.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public Site(SiteProfile profile, SiteSecrets secrets, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(secrets);
        Profile = profile;
        _secrets = secrets;
        _logger = logger;
    }

    /// <summary>How the site is reached.</summary>
    public SiteProfile Profile { get; }

    /// <summary>The password policies.</summary>
    public DomainPolicies Policies => Profile.Policies ?? DomainPolicies.Default;

    /// <summary>The scope, which the store and the session systems enforce themselves.</summary>
    public MailboxScope Scope => Profile.ToScope();

    /// <summary>Whether mailboxes can be logged out of anything.</summary>
    public bool HasSessionSystems => Profile.Dovecot is not null || Profile.Webmails.Count > 0;

    /// <summary>Opens the store and the session systems.</summary>
    /// <param name="profile">The site.</param>
    /// <param name="secrets">How secrets are found.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>The opened site, with the profile's policies, login servers, journal's place and scope.</returns>
    /// <exception cref="MailPassException">As <see cref="OpenStoreAsync"/> and <see cref="OpenSessionSystemsAsync"/>.</exception>
    public static async Task<OpenedSite> OpenAsync(SiteProfile profile, SiteSecrets secrets, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        using var site = new Site(profile, secrets, logger);
        var systems = await site.OpenSessionSystemsAsync(includeAppPasswords: false, cancellationToken).ConfigureAwait(false);
        try
        {
            return new OpenedSite(profile, await site.OpenStoreAsync(cancellationToken).ConfigureAwait(false), systems);
        }
        catch
        {
            await SessionSystems.DisposeAsync(systems).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the store.</summary>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException">
    /// <see cref="ErrorIds.StoreInvalid"/>: the profile names no store;
    /// <see cref="ErrorIds.SecretUnavailable"/>, <see cref="ErrorIds.ProfileUnsafe"/>: its password; and as <see cref="MailStore.OpenAsync"/>.
    /// </exception>
    public async Task<IMailboxStore> OpenStoreAsync(CancellationToken cancellationToken = default)
    {
        var store = Profile.Store ?? throw new MailPassException(ErrorIds.StoreInvalid, Profile.File is { } file ? $"The profile '{file}' names no store." : "No store is named.", "Add 'store' to the profile, or name one with --store (Connect-MailStore -Path, -Server).");
        var password = await StorePasswordAsync(cancellationToken).ConfigureAwait(false);
        return await MailStore.OpenAsync(store.Location, store.Options with { Password = password, Schema = Profile.Schema, SchemaOptions = Profile.SchemaOptions, Scope = Scope }, _logger, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the session systems, without a request to the Dovecot servers.</summary>
    /// <param name="includeAppPasswords">Whether to end app passwords and OAuth tokens; at least one system must keep some.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>The systems; the caller disposes of each.</returns>
    /// <exception cref="MailPassException">
    /// <see cref="ErrorIds.SecretUnavailable"/>, <see cref="ErrorIds.ProfileUnsafe"/>: a secret; and as <see cref="SessionSetup.OpenAsync"/>.
    /// </exception>
    public async Task<IReadOnlyList<ISessionAuthority>> OpenSessionSystemsAsync(bool includeAppPasswords, CancellationToken cancellationToken = default)
    {
        var setup = SessionSetupOf(Profile) with { IncludeAppPasswords = includeAppPasswords };

        // Before the user is asked for a password.
        setup.Require();
        setup = setup with { Scope = await WholeScopeAsync(cancellationToken).ConfigureAwait(false) };
        using var credential = setup.NeedsCredential ? await CredentialAsync(cancellationToken).ConfigureAwait(false) : null;
        var passwords = new List<Secret?>();
        try
        {
            for (var i = 0; i < Profile.Webmails.Count; i++)
            {
                passwords.Add(await WebmailPasswordAsync(Profile.Webmails[i].Password, setup.Webmails[i], cancellationToken).ConfigureAwait(false));
            }

            return await setup.OpenAsync(Profile.Store?.Location, passwords, credential, _logger, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            passwords.ForEach(password => password?.Dispose());
        }
    }

    /// <summary>The session systems as a profile names them.</summary>
    internal static SessionSetup SessionSetupOf(SiteProfile profile) => new()
    {
        Doveadm = profile.Dovecot?.Servers ?? [],
        DoveadmProxies = profile.Dovecot?.Proxies ?? [],
        DoveadmLocal = profile.Dovecot?.Local ?? false,
        Scope = profile.ToScope(),
        DovecotAuthorityFile = profile.Dovecot?.AuthorityFile,
        DovecotOptions = profile.Dovecot?.Options ?? new(),
        Webmails =
        [
            .. profile.Webmails.Select(webmail => new WebmailSetup
            {
                Systems = webmail.Systems,
                Database = webmail.Database,
                Options = webmail.Options,
                Settings = webmail.Settings,
            }),
        ],
    };

    /// <summary>Overwrites the secrets that were kept.</summary>
    public void Dispose() => _storePassword?.Dispose();

    // A mailbox may have several addresses, which only the store knows; an excluded mailbox is excluded by each of them.
    private async Task<MailboxScope> WholeScopeAsync(CancellationToken cancellationToken)
    {
        if (Profile.Store is null || !Scope.Exclusions.Addresses.Any())
        {
            return Scope;
        }

        var store = await OpenStoreAsync(cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            return store.Info.Scope;
        }
    }

    private async Task<Secret?> StorePasswordAsync(CancellationToken cancellationToken)
    {
        if (!_isAsked && Profile.Store is { } store)
        {
            var location = store.Location;
            _storePassword = store.Password is { } source ? await _secrets.GetAsync(source, PasswordOf(location), cancellationToken).ConfigureAwait(false)
                : TakesPassword(location) && _secrets.Otherwise is { } otherwise ? await otherwise(new(SecretUse.Store, location, HasOther: false), cancellationToken).ConfigureAwait(false)
                : null;
        }

        _isAsked = true;
        return _storePassword;
    }

    private async Task<Secret?> WebmailPasswordAsync(SecretSource? source, WebmailSetup webmail, CancellationToken cancellationToken)
    {
        var store = Profile.Store?.Location;
        if (webmail.Location(store) is not { } location)
        {
            return null;
        }

        if (source is not null)
        {
            return await _secrets.GetAsync(source, PasswordOf(location), cancellationToken).ConfigureAwait(false);
        }

        if (!TakesPassword(location))
        {
            return null;
        }

        var isStores = webmail.HasLoginOf(store);
        var own = _secrets.Otherwise is { } otherwise ? await otherwise(new(SecretUse.Webmail, location, isStores), cancellationToken).ConfigureAwait(false) : null;
        return own is null && isStores ? (await StorePasswordAsync(cancellationToken).ConfigureAwait(false))?.Clone() : own;
    }

    private async Task<DovecotCredential> CredentialAsync(CancellationToken cancellationToken)
    {
        using var key = Profile.Dovecot!.Key is { } named ? await _secrets.GetAsync(named, "doveadm API key", cancellationToken).ConfigureAwait(false)
            : Profile.Dovecot.Password is null && _secrets.Otherwise is { } otherwise ? await otherwise(new(SecretUse.DoveadmKey, null, HasOther: false), cancellationToken).ConfigureAwait(false)
            : null;
        if (key is { Length: > 0 })
        {
            return DovecotCredential.ApiKey(key);
        }

        using var password = Profile.Dovecot.Password is { } source ? await _secrets.GetAsync(source, "doveadm password", cancellationToken).ConfigureAwait(false) : null;
        return password is not null
            ? DovecotCredential.Password(password)
            : throw new MailPassException(ErrorIds.PasswordMissing, "The Dovecot servers need their doveadm API key or password.", "Give --doveadm-key-file or MAILPASS_DOVEADM_KEY (-DoveadmApiKey), or add 'key' to the profile's 'dovecot'.");
    }

    // Without a bind DN, the login to a directory is anonymous, or on its socket the current user's.
    internal static bool TakesPassword(StoreLocation location) => location is { Provider: StoreProvider.MySql or StoreProvider.PostgreSql } or { Provider: StoreProvider.Ldap, User: not null };

    /// <summary>What a password is for, to ask a person for it.</summary>
    internal static string PasswordOf(StoreLocation location) => $"password of {location.User ?? "the login"} at {location.Server ?? location.Path ?? "this machine"}";
}
