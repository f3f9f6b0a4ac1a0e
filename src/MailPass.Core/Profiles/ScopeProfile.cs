using MailPass.Mailboxes;

namespace MailPass.Profiles;

/// <summary>The mailboxes and actions that a profile allows.</summary>
public sealed record ScopeProfile
{
    /// <summary>The domains, or patterns of domains; empty for all.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Mailboxes that are never touched: addresses, with <c>*</c> for any characters and <c>?</c> for one.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The allowed actions, some of <see cref="MailboxScope.ActionNames"/>; <see langword="null"/> for all.</summary>
    public IReadOnlyList<string>? Actions { get; init; }

    /// <summary>The scope that stores and session systems enforce.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a text is not valid.</exception>
    public MailboxScope ToScope(string name) => MailboxScope.Create(name, Domains.Count == 0 ? null : Domains, Exclude, Actions);
}
