using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>A site whose store and session systems are open, with its settings.</summary>
public sealed class OpenedSite : IAsyncDisposable
{
    internal OpenedSite(SiteProfile profile, IMailboxStore store, IReadOnlyList<ISessionAuthority> systems)
    {
        Profile = profile;
        Store = store;
        SessionSystems = systems;
    }

    /// <summary>How the site is reached.</summary>
    public SiteProfile Profile { get; }

    /// <summary>The store.</summary>
    public IMailboxStore Store { get; }

    /// <summary>The systems that mailboxes are logged out of.</summary>
    public IReadOnlyList<ISessionAuthority> SessionSystems { get; }

    /// <summary>The password policies.</summary>
    public DomainPolicies Policies => Profile.Policies ?? DomainPolicies.Default;

    /// <summary>Scheme and cost for new hashes; <see langword="null"/> if each mailbox keeps its own.</summary>
    public HashSettings? Hash => Profile.Hash;

    /// <summary>The scope, which store and session systems enforce themselves.</summary>
    public MailboxScope Scope => Store.Info.Scope;

    /// <summary>Closes them.</summary>
    public async ValueTask DisposeAsync()
    {
        await Sessions.SessionSystems.DisposeAsync(SessionSystems).ConfigureAwait(false);
        await Store.DisposeAsync().ConfigureAwait(false);
    }
}
