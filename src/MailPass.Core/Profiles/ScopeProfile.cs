using MailPass.Mailboxes;

namespace MailPass.Profiles;

/// <summary>What may be touched through a profile.</summary>
public sealed record ScopeProfile
{
    /// <summary>The domains, or patterns of domains; empty for all.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Mailboxes that are never touched: addresses, with <c>*</c> for any characters and <c>?</c> for one.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>What may be done, some of <see cref="MailboxScope.ActionNames"/>; <see langword="null"/> for everything.</summary>
    public IReadOnlyList<string>? Actions { get; init; }

    /// <summary>The scope that stores and session systems hold to.</summary>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a text is not valid.</exception>
    public MailboxScope ToScope(string name) => MailboxScope.Create(name, Domains.Count == 0 ? null : Domains, Exclude, Actions);
}
