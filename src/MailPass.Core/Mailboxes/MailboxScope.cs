namespace MailPass.Mailboxes;

/// <summary>The restrictions for a site: the allowed domains, the protected mailboxes and the allowed actions.</summary>
/// <remarks>
/// An opened store has its scope (<c>StoreInfo.Scope</c>) and enforces it: it does not find, list or write a mailbox outside. A
/// caller checks <see cref="Refusal(MailboxAddress, MailboxActions)"/> first, so that the error says why.
/// </remarks>
public sealed class MailboxScope
{
    private static readonly MailboxActions[] s_actions = Array.FindAll(Enum.GetValues<MailboxActions>(), action => action is not (MailboxActions.None or MailboxActions.All));

    private readonly HashSet<string> _domains;
    private readonly string[] _domainPatterns;

    private MailboxScope(string name, IReadOnlyList<string> domains, MailboxPatterns exclusions, MailboxActions actions)
    {
        Name = name;
        Domains = domains;
        Exclusions = exclusions;
        Actions = actions;
        _domains = domains.Where(domain => !MailboxPatterns.IsWildcard(domain)).ToHashSet(StringComparer.Ordinal);
        _domainPatterns = [.. domains.Where(MailboxPatterns.IsWildcard).Select(MailboxPatterns.Prepare)];
    }

    /// <summary>Every mailbox, every action.</summary>
    public static MailboxScope Everything { get; } = new("everything", [], MailboxPatterns.None, MailboxActions.All);

    /// <summary>The names of all actions, as a profile writes them.</summary>
    public static IReadOnlyList<string> ActionNames { get; } = Array.ConvertAll(s_actions, NameOf);

    /// <summary>Its name in messages: <c>profile helpdesk</c>.</summary>
    public string Name { get; }

    /// <summary>The domains in their ASCII form, or patterns of domains (<c>*.example.org</c>); empty for all.</summary>
    public IReadOnlyList<string> Domains { get; }

    /// <summary>The mailboxes that are never touched.</summary>
    public MailboxPatterns Exclusions { get; }

    /// <summary>The allowed actions.</summary>
    public MailboxActions Actions { get; }

    /// <summary>Whether it allows everything.</summary>
    public bool IsEverything => Domains.Count == 0 && Exclusions.Count == 0 && Actions == MailboxActions.All;

    /// <summary>Makes a scope from texts.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="domains">Domains, or patterns of domains; <see langword="null"/> for all.</param>
    /// <param name="exclusions">Mailboxes and patterns that are never touched.</param>
    /// <param name="actions">Some of <see cref="ActionNames"/>; <see langword="null"/> for all.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a text is not valid, or a list is empty, which could mean all or none.</exception>
    public static MailboxScope Create(string name, IReadOnlyCollection<string>? domains, IReadOnlyCollection<string>? exclusions, IReadOnlyCollection<string>? actions)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (domains is { Count: 0 })
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"The scope of {name} has an empty list of domains.", "Name the domains, or leave the list out for all of them.");
        }

        if (actions is { Count: 0 })
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"The scope of {name} has an empty list of actions.", $"Name some of {string.Join(", ", ActionNames)}, or leave the list out for all of them.");
        }

        return new(name, [.. (domains ?? []).Select(domain => DomainOf(domain, name)).Distinct(StringComparer.Ordinal)], MailboxPatterns.Parse(exclusions ?? []), ActionsOf(actions, name));
    }

    /// <summary>The same, with other exclusions.</summary>
    /// <param name="exclusions">The mailboxes that are never touched.</param>
    public MailboxScope With(MailboxPatterns exclusions)
    {
        ArgumentNullException.ThrowIfNull(exclusions);
        return new(Name, Domains, exclusions, Actions);
    }

    /// <summary>Whether mailboxes of a domain may be touched at all.</summary>
    /// <param name="domain">The domain, in any spelling.</param>
    public bool IncludesDomain(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return Domains.Count == 0 || IncludesCanonical(AddressSpellings.Canonical(domain.Trim()));
    }

    /// <summary>Whether a mailbox may be touched at all.</summary>
    /// <param name="mailbox">The mailbox.</param>
    public bool Includes(MailboxAddress mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        return (Domains.Count == 0 || IncludesCanonical(mailbox.Domain)) && (Exclusions.Count == 0 || !Exclusions.Contains(mailbox));
    }

    /// <summary>Whether an action may be done at all.</summary>
    /// <param name="action">The action.</param>
    public bool Allows(MailboxActions action) => (Actions & action) == action || (action == MailboxActions.Change && Actions.HasFlag(MailboxActions.Set));

    /// <summary>Why an action on a mailbox is not allowed; <see langword="null"/> if it is.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="action">The action, only one; none for a row that is only reported.</param>
    /// <returns><see cref="ErrorIds.OutOfScope"/>.</returns>
    public MailPassException? Refusal(MailboxAddress mailbox, MailboxActions action)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        if (IsEverything)
        {
            return null;
        }

        return !Allows(action) ? RefusalOf(action, mailbox.Value)
            : Domains.Count > 0 && !IncludesCanonical(mailbox.Domain) ? new MailPassException(ErrorIds.OutOfScope, $"{mailbox} is outside the scope of {Name}, which has {InDomains}.", Help)
            : Exclusions.Find(mailbox) is { } entry ? new MailPassException(ErrorIds.OutOfScope, $"{mailbox} is outside the scope of {Name}, which excludes {(entry == mailbox.Value ? "it" : entry)}.", Help)
            : null;
    }

    /// <summary>Why an action on a mailbox is not allowed, given as text; <see langword="null"/> if it is allowed or the text is not an address.</summary>
    /// <param name="identity">The mailbox, as text.</param>
    /// <param name="action">The action, only one.</param>
    public MailPassException? Refusal(string identity, MailboxActions action) =>
        !IsEverything && MailboxAddress.TryParse(identity, out var mailbox, out _) ? Refusal(mailbox, action) : null;

    /// <summary>Why something must not be done to a domain's mailboxes; <see langword="null"/> if it may.</summary>
    /// <param name="domain">The domain; <see langword="null"/> for all that the scope has.</param>
    /// <param name="action">The action, only one.</param>
    public MailPassException? RefusalOfDomain(string? domain, MailboxActions action) =>
        !Allows(action) ? RefusalOf(action, domain is null ? null : $"mailboxes of {domain}")
        : domain is not null && !IncludesDomain(domain) ? new MailPassException(ErrorIds.OutOfScope, $"The domain {domain} is outside the scope of {Name}, which has {InDomains}.", Help)
        : null;

    /// <summary>Ends a call that asks for something that must not be done.</summary>
    /// <param name="action">The action, only one.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.OutOfScope"/>.</exception>
    public void Require(MailboxActions action)
    {
        if (!Allows(action))
        {
            throw RefusalOf(action, null);
        }
    }

    /// <summary>In words: domains, exclusions, actions.</summary>
    public override string ToString()
    {
        if (IsEverything)
        {
            return "all mailboxes";
        }

        var what = Domains.Count == 0 ? "all domains" : InDomains;
        var except = Exclusions.Count == 0 ? string.Empty : FormattableString.Invariant($", {Exclusions.Count} excluded");
        return Actions == MailboxActions.All ? what + except : $"{what}{except}; may {Allowed}";
    }

    private string Help => $"Only who keeps {Name} can widen its scope.";

    private string InDomains => Domains.Count switch
    {
        1 => Domains[0],
        <= 3 => string.Join(", ", Domains),
        _ => FormattableString.Invariant($"{string.Join(", ", Domains.Take(3))} and {Domains.Count - 3} more"),
    };

    private string Allowed => string.Join(", ", s_actions.Where(action => Actions.HasFlag(action)).Select(NameOf));

    private bool IncludesCanonical(string domain) => _domains.Contains(domain)
        || Array.Exists(_domainPatterns, pattern => MailboxPatterns.Fits(pattern, domain) || MailboxPatterns.Fits(pattern, MailDomain.ToUnicode(domain)));

    private MailPassException RefusalOf(MailboxActions action, string? whom) =>
        new(ErrorIds.OutOfScope, $"The scope of {Name} does not allow to {NameOf(action)}{(whom is null ? string.Empty : " " + whom)}; it allows to {Allowed}.", Help);

    private static string NameOf(MailboxActions action) => action.ToString().ToLowerInvariant();

    private static string DomainOf(string text, string name)
    {
        var domain = (text ?? string.Empty).Trim();
        if (MailboxPatterns.IsWildcard(domain) && domain.AsSpan().IndexOfAny('@', '[', ' ') < 0)
        {
            return domain.ToLowerInvariant();
        }

        return MailDomain.TryNormalize(domain, out var normalized, out var reason)
            ? normalized
            : throw new MailPassException(ErrorIds.InputInvalid, $"The scope of {name} names {AddressText.Quote(domain)}, which is not a mail domain. {reason}", "Write a domain, or a pattern such as *.example.org.");
    }

    private static MailboxActions ActionsOf(IReadOnlyCollection<string>? names, string scope)
    {
        var actions = names is null ? MailboxActions.All : MailboxActions.None;
        foreach (var name in names ?? [])
        {
            var wanted = (name ?? string.Empty).Trim();
            actions |= Array.Find(s_actions, action => NameOf(action).Equals(wanted, StringComparison.OrdinalIgnoreCase)) is var action and not MailboxActions.None
                ? action
                : throw new MailPassException(ErrorIds.InputInvalid, $"The scope of {scope} allows '{name}', which is not an action.", $"The actions are {string.Join(", ", ActionNames)}.");
        }

        return actions;
    }
}
