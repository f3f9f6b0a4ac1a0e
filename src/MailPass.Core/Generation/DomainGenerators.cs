using System.Collections.Concurrent;
using MailPass.Mailboxes;
using MailPass.Policy;

namespace MailPass.Generation;

/// <summary>Generates passwords for mailboxes of any domain, each by its own domain's policy. Thread-safe.</summary>
public sealed class DomainGenerators
{
    private readonly DomainPolicies _policies;
    private readonly GeneratorOptions? _options;
    private readonly ConcurrentDictionary<string, PasswordGenerator> _own = new(StringComparer.Ordinal);

    /// <summary>Creates the site's generator; a domain's own is created for its first mailbox.</summary>
    /// <param name="policies">The policies.</param>
    /// <param name="options">The generator's settings; <see langword="null"/> for the defaults.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>: no password can satisfy the site's policy and the settings.</exception>
    public DomainGenerators(DomainPolicies policies, GeneratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        _policies = policies;
        _options = options;
        Site = new PasswordGenerator(policies.Site, options);
    }

    /// <summary>The generator for every domain without its own policy.</summary>
    public PasswordGenerator Site { get; }

    /// <summary>The generator of a mailbox.</summary>
    /// <param name="mailbox">The mailbox; <see langword="null"/> for the site's.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>: no password can satisfy the domain's policy and the settings.</exception>
    public PasswordGenerator For(MailboxAddress? mailbox)
    {
        var policy = _policies.For(mailbox);
        return mailbox is null || ReferenceEquals(policy, _policies.Site) ? Site : Own(mailbox.Domain, policy);
    }

    private PasswordGenerator Own(string domain, PasswordPolicy policy) => _own.GetOrAdd(domain, _ => new PasswordGenerator(policy, _options));
}
