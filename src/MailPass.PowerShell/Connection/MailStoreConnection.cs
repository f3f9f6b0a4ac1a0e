using MailPass.Hashing;
using MailPass.Policy;
using MailPass.PowerShell.Connection;
using MailPass.Profiles;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass;

/// <summary>An open store with its policy, scheme and session systems.</summary>
public sealed class MailStoreConnection
{
    private IMailboxStore? _store;

    private readonly HashSet<string> _otherCredentialsTold = new(StringComparer.Ordinal);

    internal MailStoreConnection(IMailboxStore store, SiteProfile site)
    {
        _store = store;
        Site = site;
    }

    /// <summary>The kind: <c>SQLite</c>, <c>MySql</c>, <c>PostgreSql</c>, <c>passwd-file</c>, <c>postfix-accounts</c>.</summary>
    public string Kind => Info.Kind;

    /// <summary>Where it is.</summary>
    public string Location => Info.Location;

    /// <summary>How the mail system lays it out.</summary>
    public string Schema => Info.Schema;

    /// <summary>The scheme for new hashes; empty if each mailbox keeps its own.</summary>
    public string? Scheme => Settings?.Scheme;

    /// <summary>Whether the store can be written.</summary>
    public bool IsReadOnly => Info.IsReadOnly;

    /// <summary>Its scope, in words.</summary>
    public string Scope => Info.Scope.ToString();

    /// <summary>Credentials of the same mailboxes that MailPass cannot change here.</summary>
    public IReadOnlyList<string> OtherCredentials => Info.OtherCredentials;

    /// <summary>The systems that mailboxes are logged out of.</summary>
    public IReadOnlyList<string> SessionSystems => [.. Authorities.Select(authority => authority.Name)];

    /// <summary>Whether it is still connected.</summary>
    public bool IsConnected => _store is not null;

    /// <summary>Whether it is the default store of this runspace, for cmdlets without <c>-MailStore</c>.</summary>
    public bool IsDefault => RunspaceStores.Current.Default == this;

    internal StoreInfo Info => _info ??= Store.Info;

    /// <summary>The profile that it was opened by; empty if it was opened without one.</summary>
    public string? Profile => Site.Name;

    /// <summary>The site's settings.</summary>
    internal SiteProfile Site { get; }

    internal DomainPolicies Policies => Site.Policies ?? DomainPolicies.Default;

    internal HashSettings? Settings => Site.Hash;

    internal IReadOnlyList<ISessionAuthority> Authorities { get; init; } = [];

    private StoreInfo? _info;

    /// <summary>The store.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>: it was disconnected.</exception>
    internal IMailboxStore Store => _store ?? throw new MailPassException(ErrorIds.StoreUnreachable, $"The store {_info?.Location} was disconnected.", "Connect-MailStore again.");

    /// <summary>Scheme and cost for a run: what the call asks for, or what the store was connected with, or each mailbox's own.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>, <see cref="ErrorIds.SchemeCostInvalid"/>.</exception>
    internal HashSettings? SettingsFor(string? scheme, int? cost) => SettingsFor(scheme, cost, Settings);

    /// <summary>Scheme and cost as a call's <c>-Scheme</c> and <c>-Cost</c> ask for them.</summary>
    /// <param name="scheme">The scheme, if one was named.</param>
    /// <param name="cost">The cost, if one was given.</param>
    /// <param name="otherwise">The settings if none are given; a cost without a scheme is for their scheme.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>, <see cref="ErrorIds.SchemeCostInvalid"/>.</exception>
    internal static HashSettings? SettingsFor(string? scheme, int? cost, HashSettings? otherwise) =>
        scheme is null && cost is null
            ? otherwise
            : PasswordSchemes.Parse(
                scheme ?? otherwise?.Scheme ?? throw new MailPassException(ErrorIds.SchemeCostInvalid, "A cost was given without a scheme.", "Name its scheme with -Scheme, because each scheme has its own unit of cost."),
                cost);

    /// <summary>The session systems, for a call that asks to log mailboxes out.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>: there is none.</exception>
    internal IReadOnlyList<ISessionAuthority> AuthoritiesToRevoke() =>
        Authorities.Count > 0
            ? Authorities
            : throw new MailPassException(
                ErrorIds.SessionAuthorityUnreachable,
                $"No session system is known: {this} was connected without a session system.",
                "Connect-MailStore with -Doveadm and -DoveadmApiKey, with -Webmail, or with a profile that has session systems.");

    /// <summary>The other credentials that a run left open, as one sentence; each is reported only once per connection.</summary>
    internal string? TakeOtherCredentials(IReadOnlyList<string> stillOpen)
    {
        lock (_otherCredentialsTold)
        {
            var news = stillOpen.Where(_otherCredentialsTold.Add).ToList();
            return news.Count > 0 ? $"What a new password does not close: {string.Join(' ', news)}" : null;
        }
    }

    /// <summary>Whether something about this connection has not been reported yet; from then on it counts as reported.</summary>
    internal bool TellsOnce(string what)
    {
        lock (_otherCredentialsTold)
        {
            return _otherCredentialsTold.Add(what);
        }
    }

    /// <summary>Kind and place.</summary>
    public override string ToString() => $"{Kind} {Location}";

    /// <summary>Closes the store and the session systems. A second call does nothing.</summary>
    internal void Close()
    {
        _ = Info;
        if (Interlocked.Exchange(ref _store, null) is { } store)
        {
            MailPass.Sessions.SessionSystems.DisposeAsync(Authorities).GetAwaiter().GetResult();
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
