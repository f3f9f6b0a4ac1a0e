using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>What of a mailbox's logins is to end.</summary>
public sealed record RevocationScope
{
    /// <summary>Every session of every service; long-lived credentials beside the password stay.</summary>
    public static RevocationScope Everything { get; } = new();

    /// <summary>The services to end (<c>imap</c>, <c>pop3</c>, <c>submission</c>, <c>webmail</c>…), in any case; empty for all.</summary>
    public IReadOnlyCollection<string> Services { get; init; } = [];

    /// <summary>
    /// Whether app passwords and OAuth tokens go too. They were made on purpose and survive a change of password, so
    /// this is asked for, never assumed.
    /// </summary>
    public bool IncludeAppPasswords { get; init; }

    /// <summary>
    /// Mailboxes that are masters of their domain: logging one out means the whole domain, on a server that knows such
    /// sessions by the visited mailbox's name only. <see cref="SessionSystems"/> and a run add what the systems tell
    /// (<see cref="ISessionAuthority.FindDomainOwnersAsync"/>).
    /// </summary>
    public IReadOnlySet<MailboxAddress> DomainOwners { get; init; } = new HashSet<MailboxAddress>();

    /// <summary>Whether a service is meant.</summary>
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
