using System.Text.Json;
using MailPass.Changes;
using MailPass.Mailboxes;

namespace MailPass.Journals;

/// <summary>Which mailboxes a run may touch, as far as that is known before it begins.</summary>
/// <param name="Kind">What <paramref name="Names"/> are.</param>
/// <param name="Names">Domains, a CSV's full path, or mailboxes.</param>
/// <param name="Part">The part of them (<c>3/8</c>), if several hosts share the run.</param>
public sealed record RunScope(RunScopeKind Kind, IReadOnlyList<string> Names, string? Part = null)
{
    // A longer list of mailboxes is not repeated in every journal.
    private const int MostNamed = 50;

    /// <summary>The excluded mailboxes, patterns and files, as the call named them; <see langword="null"/> for none.</summary>
    public IReadOnlyList<string>? Except { get; init; }

    /// <summary>Mailboxes from the pipeline, which are not known before they come.</summary>
    public static RunScope Unknown { get; } = new(RunScopeKind.Pipeline, []);

    /// <summary>The scope of these mailboxes.</summary>
    /// <param name="mailboxes">As they were written.</param>
    /// <param name="shard">The part of them.</param>
    public static RunScope Of(IReadOnlyList<string> mailboxes, Shard? shard = null)
    {
        ArgumentNullException.ThrowIfNull(mailboxes);
        return mailboxes.Count <= MostNamed ? new(RunScopeKind.Mailboxes, mailboxes, shard?.ToString()) : Unknown with { Part = shard?.ToString() };
    }

    /// <summary>Whether two runs may touch the same mailbox.</summary>
    /// <param name="other">The other run's scope.</param>
    public bool MayMeet(RunScope other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Part is not null && other.Part is not null && Part != other.Part && Part.Split('/')[1] == other.Part.Split('/')[1])
        {
            return false;
        }

        return (Kind, other.Kind) switch
        {
            (RunScopeKind.Domain, _) when HasPattern => true,
            (_, RunScopeKind.Domain) when other.HasPattern => true,
            (RunScopeKind.Domain, RunScopeKind.Domain) or (RunScopeKind.Mailboxes, RunScopeKind.Mailboxes) => Keys.Overlaps(other.Keys),
            (RunScopeKind.Mailboxes, RunScopeKind.Domain) => Domains.Overlaps(other.Keys),
            (RunScopeKind.Domain, RunScopeKind.Mailboxes) => Keys.Overlaps(other.Domains),
            _ => true,
        };
    }

    /// <summary>Whether this is the scope of another run of the same call.</summary>
    /// <param name="other">The other run's scope.</param>
    public bool IsSameAs(RunScope other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Kind == other.Kind && Kind is not RunScopeKind.Pipeline && Part == other.Part && Keys.SetEquals(other.Keys)
            && (Except ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(other.Except ?? []);
    }

    /// <summary>In words: <c>domain example.com</c>.</summary>
    public override string ToString()
    {
        var what = Kind switch
        {
            RunScopeKind.Domain when Names is ["*"] => "all domains",
            RunScopeKind.Domain => (Names.Count == 1 ? "domain " : "domains ") + string.Join(", ", Names),
            RunScopeKind.Csv => Names[0],
            RunScopeKind.Journal => "run " + Names[0],
            RunScopeKind.Mailboxes => string.Join(", ", Names.Take(3)) + (Names.Count > 3 ? FormattableString.Invariant($" and {Names.Count - 3} more") : string.Empty),
            _ => "mailboxes from the pipeline",
        };
        var except = Except is { Count: > 0 } ? $", except {string.Join(", ", Except.Take(3))}{(Except.Count > 3 ? FormattableString.Invariant($" and {Except.Count - 3} more") : string.Empty)}" : string.Empty;
        return Part is null ? what + except : $"{what}{except}, part {Part}";
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, Kind.ToString());
        json.WriteIfAny("names"u8, Names);
        json.WriteIfAny("part"u8, Part);
        json.WriteIfAny("except"u8, Except);
        json.WriteEndObject();
    }

    /// <summary>Whether a scope that was read is complete and valid.</summary>
    internal bool IsWhole() =>
        Names is not null && Names.All(static name => name is not null)
        && (Kind is not (RunScopeKind.Csv or RunScopeKind.Journal) || Names.Count > 0)
        && (Part is null || Part.Split('/').Length == 2);

    private bool HasPattern => Names.Any(MailboxPatterns.IsWildcard);

    private HashSet<string> Keys => [.. Names.Select(name => Kind is RunScopeKind.Mailboxes && MailboxAddress.TryParse(name, out var address, out _) ? address.Key : Kind is RunScopeKind.Domain ? name.ToLowerInvariant() : name)];

    private HashSet<string> Domains => [.. Names.Select(name => MailboxAddress.TryParse(name, out var address, out _) ? address.Domain.ToLowerInvariant() : string.Empty)];
}

/// <summary>What a scope's names are.</summary>
public enum RunScopeKind
{
    /// <summary>Mailboxes that come one by one.</summary>
    Pipeline,

    /// <summary>All mailboxes of domains.</summary>
    Domain,

    /// <summary>The mailboxes of a CSV; its full path, or <c>-</c>.</summary>
    Csv,

    /// <summary>Some mailboxes.</summary>
    Mailboxes,

    /// <summary>The mailboxes of a run that is being undone; its id.</summary>
    Journal,
}
