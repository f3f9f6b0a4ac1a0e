using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>Which of a mailbox's logins to end.</summary>
public sealed record RevocationScope
{
    /// <summary>Every session of every service; other long-lived credentials stay.</summary>
    public static RevocationScope Everything { get; } = new();

    /// <summary>The services to end (<c>imap</c>, <c>pop3</c>, <c>submission</c>, <c>webmail</c>…), in any case; empty for all.</summary>
    public IReadOnlyCollection<string> Services { get; init; } = [];

    /// <summary>
    /// Whether to end app passwords and OAuth tokens too. People created them on purpose, and they survive a change of password, so
    /// this is not the default.
    /// </summary>
    public bool IncludeAppPasswords { get; init; }

    /// <summary>
    /// Mailboxes that are masters of their domain. On a server that knows their sessions only by the visited mailbox's name, logging
    /// one out means logging out the whole domain. <see cref="SessionSystems"/> and a run add the owners that the systems report
    /// (<see cref="ISessionAuthority.FindDomainOwnersAsync"/>).
    /// </summary>
    public IReadOnlySet<MailboxAddress> DomainOwners { get; init; } = new HashSet<MailboxAddress>();

    /// <summary>Whether the scope includes a service.</summary>
    /// <param name="service">Its name, in any case.</param>
    /// <remarks>A service's helpers belong to it: <c>imap-hibernate</c> and <c>imap-login</c> to <c>imap</c>.</remarks>
    public bool Includes(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        var dash = service.IndexOf('-', StringComparison.Ordinal);
        return Services.Count == 0
            || Services.Contains(service, StringComparer.OrdinalIgnoreCase)
            || (dash > 0 && Services.Contains(service[..dash], StringComparer.OrdinalIgnoreCase));
    }
}
