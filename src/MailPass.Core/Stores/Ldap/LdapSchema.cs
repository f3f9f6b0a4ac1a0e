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

    /// <summary>What some entry of such a directory fits.</summary>
    public required LdapFilter Detect { get; init; }

    /// <summary>What no entry of such a directory fits.</summary>
    public IReadOnlyList<LdapFilter> DetectWithout { get; init; } = [];

    /// <summary>What a mailbox's entry fits.</summary>
    public required LdapFilter Mailbox { get; init; }

    /// <summary>Where the mailbox's address is: the first of these attributes that has one.</summary>
    public required IReadOnlyList<string> Address { get; init; }

    /// <summary>Other names that the same mailbox logs in under.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Where the person's name is: the first of these attributes that has one.</summary>
    public IReadOnlyList<string> DisplayName { get; init; } = [];

    /// <summary>When the password was last changed.</summary>
    public LdapTime? Changed { get; init; }

    /// <summary>The domains' own entries; <see langword="null"/> where only the mailboxes show them.</summary>
    public LdapDomains? Domains { get; init; }

    /// <summary>The attribute with the hashes.</summary>
    public required string HashAttribute { get; init; }

    /// <summary>Whether hashes carry <c>{SCHEME}</c>.</summary>
    public PrefixStyle Prefix { get; init; }

    /// <summary>What a value without prefix is.</summary>
    public string? Unprefixed { get; init; }

    /// <summary>The scheme for a mailbox that has no readable hash.</summary>
    public string? DefaultScheme { get; init; }

    /// <summary>The only schemes that every reader verifies; empty for any.</summary>
    public IReadOnlyList<string> Schemes { get; init; } = [];

    /// <summary>What a row must say of a scheme, by the scheme.</summary>
    public IReadOnlyDictionary<string, string> Caveats { get; init; } = new Dictionary<string, string>();

    /// <summary>The name before the hash where it is another than the scheme's.</summary>
    public IReadOnlyDictionary<string, string> PrefixNames { get; init; } = new Dictionary<string, string>();

    /// <summary>What an entry must fit to log in.</summary>
    public IReadOnlyList<LdapLogin> Login { get; init; } = [];

    /// <summary>What an entry must fit for its password to be written.</summary>
    public IReadOnlyList<LdapGuard> Refuse { get; init; } = [];

    /// <summary>What is written beside the hash.</summary>
    public IReadOnlyList<LdapAssignment> Set { get; init; } = [];

    /// <summary>The options that an admin may turn on, each with what it does.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Other ways into the same mailboxes, a sentence each.</summary>
    public IReadOnlyList<string> OtherCredentials { get; init; } = [];
}

/// <summary>How an attribute counts time.</summary>
internal enum LdapClock
{
    /// <summary>Days since 1970 (<c>shadowLastChange</c>, RFC 2307).</summary>
    Days,

    /// <summary>Seconds since 1970.</summary>
    Unix,

    /// <summary>Generalized time (RFC 4517, section 3.3.13): <c>20261126130400Z</c>.</summary>
    Generalized,
}

/// <summary>An attribute that holds a time.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Clock">How it counts.</param>
internal sealed record LdapTime(string Attribute, LdapClock Clock);

/// <summary>The domains' own entries.</summary>
/// <param name="Filter">What they fit.</param>
/// <param name="Attribute">Where the name is.</param>
internal sealed record LdapDomains(LdapFilter Filter, string Attribute);

/// <summary>A condition for logging in.</summary>
/// <param name="Filter">What the entry must fit.</param>
/// <param name="Else">What the mailbox is where it does not; active where that is worth a remark only.</param>
/// <param name="Because">Why, a sentence.</param>
internal sealed record LdapLogin(LdapFilter Filter, MailboxState Else, string Because);

/// <summary>A condition for writing.</summary>
/// <param name="Filter">What the entry must fit.</param>
/// <param name="Unless">The option that lifts it; <see langword="null"/> for none.</param>
/// <param name="Because">Why, sentences.</param>
internal sealed record LdapGuard(LdapFilter Filter, string? Unless, string Because);

/// <summary>What is written beside a hash.</summary>
/// <param name="To">The attribute, which receives the time of the change.</param>
/// <param name="When">What the entry must fit; <see langword="null"/> for every entry.</param>
internal sealed record LdapAssignment(LdapTime To, LdapFilter? When);
