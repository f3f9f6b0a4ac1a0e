using System.IO.Enumeration;
using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>A <see cref="MailboxQuery"/>, prepared to test mailboxes.</summary>
internal sealed class MailboxFilter
{
    private readonly string? _pattern;
    private readonly bool _includeInactive;

    /// <summary>Makes the filter.</summary>
    /// <param name="query">What is asked for.</param>
    public MailboxFilter(MailboxQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        _includeInactive = query.IncludeInactive;
        var pattern = query.AddressPattern == "*" ? null : query.AddressPattern?.ToLowerInvariant();
        var ofPattern = DomainOf(pattern);
        _pattern = pattern is null ? null : Escape(ofPattern is null ? pattern : pattern[..(pattern.LastIndexOf('@') + 1)] + ofPattern);
        Domain = query.Domain is { } domain ? AddressSpellings.Canonical(domain.Trim()) : ofPattern;
    }

    /// <summary>The one domain that mailboxes can be in; <see langword="null"/> for any.</summary>
    public string? Domain { get; }

    /// <summary>Whether a mailbox is asked for.</summary>
    /// <param name="account">The mailbox.</param>
    public bool Fits(MailboxAccount account) =>
        (_includeInactive || account.State == MailboxState.Active)
        && (Domain is null || string.Equals(account.Address.Domain, Domain, StringComparison.Ordinal))
        && (_pattern is null || FileSystemName.MatchesSimpleExpression(_pattern, account.Address.Key, ignoreCase: false)
            || FileSystemName.MatchesSimpleExpression(_pattern, account.Address.Value.ToLowerInvariant(), ignoreCase: false));

    // If a pattern ends in a whole domain, the store needs to read only that domain.
    private static string? DomainOf(string? pattern)
    {
        var at = pattern?.LastIndexOf('@') ?? -1;
        var domain = at < 0 ? string.Empty : pattern![(at + 1)..];
        return domain.Length == 0 || domain.AsSpan().IndexOfAny('*', '?') >= 0 ? null : AddressSpellings.Canonical(domain);
    }

    // In .NET's simple expressions a backslash escapes; in an address it is an ordinary character.
    private static string Escape(string pattern) => pattern.Replace("\\", "\\\\", StringComparison.Ordinal);
}
