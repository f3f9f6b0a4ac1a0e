using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>Which mailboxes to list. Without any condition: all of them.</summary>
public sealed record MailboxQuery
{
    /// <summary>Only this domain, in any spelling (Unicode or punycode).</summary>
    public string? Domain { get; init; }

    /// <summary>Only addresses that fit this pattern: <c>*</c> any run of characters, <c>?</c> one; case does not count.</summary>
    public string? AddressPattern { get; init; }

    /// <summary>What the mailboxes are listed for, one action: a store's scope may allow a reset and no listing.</summary>
    public MailboxActions For { get; init; } = MailboxActions.List;

    /// <summary>Whether mailboxes that cannot log in are listed too.</summary>
    public bool IncludeInactive { get; init; } = true;
}
