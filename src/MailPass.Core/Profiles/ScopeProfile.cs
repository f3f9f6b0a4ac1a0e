namespace MailPass.Profiles;

/// <summary>What may be touched through a profile.</summary>
public sealed record ScopeProfile
{
    /// <summary>What can be allowed, named as <c>mailpass</c> names its commands.</summary>
    public static IReadOnlyList<string> ActionNames { get; } = ["list", "test", "login", "set", "reset", "sessions", "revoke", "recover", "restore"];

    /// <summary>The domains, normalized; empty for all.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Mailboxes that are never touched: addresses, with <c>*</c> for any characters and <c>?</c> for one.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>What may be done, some of <see cref="ActionNames"/>; <see langword="null"/> for everything.</summary>
    public IReadOnlyList<string>? Actions { get; init; }
}
