using System.Collections.Frozen;
using MailPass.Mailboxes;

namespace MailPass.Policy;

/// <summary>The password policies of a site: one for the site, and others for some of its domains.</summary>
/// <param name="Site">The policy for every domain without its own.</param>
/// <param name="ByDomain">The domains' own policies, by normalized name.</param>
public sealed record DomainPolicies(PasswordPolicy Site, IReadOnlyDictionary<string, PasswordPolicy> ByDomain)
{
    /// <summary>One policy for all domains.</summary>
    /// <param name="policy">The policy.</param>
    public DomainPolicies(PasswordPolicy policy)
        : this(policy, FrozenDictionary<string, PasswordPolicy>.Empty)
    {
    }

    /// <summary><see cref="PasswordPolicy.Default"/> for all domains.</summary>
    public static DomainPolicies Default { get; } = new(PasswordPolicy.Default);

    /// <summary>The policy of a mailbox.</summary>
    /// <param name="mailbox">The mailbox; <see langword="null"/> for the site's.</param>
    public PasswordPolicy For(MailboxAddress? mailbox) =>
        mailbox is not null && ByDomain.TryGetValue(mailbox.Domain, out var own) ? own : Site;
}
