using MailPass.Mailboxes;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Stores.Ldap;

/// <summary>How a mail system lays its mailboxes out in a directory; read from a file (<c>docs/mail-systems/ldap.md</c>).</summary>
internal sealed record LdapSchema
{
    /// <summary>The name: lower-case letters, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people.</summary>
    public required string Title { get; init; }

    /// <summary>A filter that at least one entry of such a directory matches.</summary>
    public required LdapFilter Detect { get; init; }

    /// <summary>A filter that no entry of such a directory matches.</summary>
    public IReadOnlyList<LdapFilter> DetectWithout { get; init; } = [];

    /// <summary>A filter that a mailbox's entry matches.</summary>
    public required LdapFilter Mailbox { get; init; }

    /// <summary>Where the mailbox's address is: the first of these attributes that has one.</summary>
    public required IReadOnlyList<string> Address { get; init; }

    /// <summary>Other names that the same mailbox logs in under.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Where the person's name is: the first of these attributes that has one.</summary>
    public IReadOnlyList<string> DisplayName { get; init; } = [];

    /// <summary>When the password was last changed.</summary>
    public LdapTime? Changed { get; init; }

    /// <summary>The domains' own entries; <see langword="null"/> if only the mailboxes' addresses show the domains.</summary>
    public LdapDomains? Domains { get; init; }

    /// <summary>The attribute with the hashes.</summary>
    public required string HashAttribute { get; init; }

    /// <summary>Whether hashes carry <c>{SCHEME}</c>.</summary>
    public PrefixStyle Prefix { get; init; }

    /// <summary>The scheme of a value without prefix.</summary>
    public string? Unprefixed { get; init; }

    /// <summary>The scheme for a mailbox that has no readable hash.</summary>
    public string? DefaultScheme { get; init; }

    /// <summary>The only schemes that every reader verifies; empty for any.</summary>
    public IReadOnlyList<string> Schemes { get; init; } = [];

    /// <summary>A remark for rows with a scheme, by the scheme.</summary>
    public IReadOnlyDictionary<string, string> Caveats { get; init; } = new Dictionary<string, string>();

    /// <summary>The prefix of a scheme if it is not the scheme's own name, by the scheme.</summary>
    public IReadOnlyDictionary<string, string> PrefixNames { get; init; } = new Dictionary<string, string>();

    /// <summary>Filters that an entry must match to log in.</summary>
    public IReadOnlyList<LdapLogin> Login { get; init; } = [];

    /// <summary>Filters that an entry must match for its password to be written.</summary>
    public IReadOnlyList<LdapGuard> Refuse { get; init; } = [];

    /// <summary>Attributes that are written together with the hash.</summary>
    public IReadOnlyList<LdapAssignment> Set { get; init; } = [];

    /// <summary>The options that an admin may turn on, each with what it does.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Other ways into the same mailboxes, a sentence each.</summary>
    public IReadOnlyList<string> OtherCredentials { get; init; } = [];
}

/// <summary>The time format of an attribute.</summary>
internal enum LdapClock
{
    /// <summary>Days since 1970 (<c>shadowLastChange</c>, RFC 2307).</summary>
    Days,

    /// <summary>Seconds since 1970.</summary>
    Unix,

    /// <summary>Generalized time (RFC 4517, section 3.3.13): <c>20261126130400Z</c>.</summary>
    Generalized,
}

/// <summary>An attribute with a time.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Clock">Its format.</param>
internal sealed record LdapTime(string Attribute, LdapClock Clock);

/// <summary>The domains' own entries.</summary>
/// <param name="Filter">The filter that they match.</param>
/// <param name="Attribute">Where the name is.</param>
internal sealed record LdapDomains(LdapFilter Filter, string Attribute);

/// <summary>A condition for logging in.</summary>
/// <param name="Filter">The filter that the entry must match.</param>
/// <param name="Else">The mailbox's state if it does not; active if that deserves a remark only.</param>
/// <param name="Because">Why, a sentence.</param>
internal sealed record LdapLogin(LdapFilter Filter, MailboxState Else, string Because);

/// <summary>A condition for writing.</summary>
/// <param name="Filter">The filter that the entry must match.</param>
/// <param name="Unless">The option that lifts it; <see langword="null"/> for none.</param>
/// <param name="Because">Why, sentences.</param>
internal sealed record LdapGuard(LdapFilter Filter, string? Unless, string Because);

/// <summary>An attribute that is written together with a hash.</summary>
/// <param name="To">The attribute, which receives the time of the change.</param>
/// <param name="When">The filter that the entry must match; <see langword="null"/> for every entry.</param>
internal sealed record LdapAssignment(LdapTime To, LdapFilter? When);
