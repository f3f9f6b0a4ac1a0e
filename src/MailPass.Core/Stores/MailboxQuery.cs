using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>Which mailboxes to list. Without any condition: all of them.</summary>
public sealed record MailboxQuery
{
    /// <summary>Only this domain, in any spelling (Unicode or punycode).</summary>
    public string? Domain { get; init; }

    /// <summary>Only addresses that fit this pattern: <c>*</c> any run of characters, <c>?</c> one; case does not count.</summary>
    public string? AddressPattern { get; init; }

    /// <summary>The one action that the mailboxes are listed for: a store's scope may allow a reset and no listing.</summary>
    public MailboxActions For { get; init; } = MailboxActions.List;

    /// <summary>Whether to list mailboxes that cannot log in, too.</summary>
    public bool IncludeInactive { get; init; } = true;
}
