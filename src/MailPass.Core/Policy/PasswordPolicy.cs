using MailPass.Policy.Rules;
using MailPass.Secrets;

namespace MailPass.Policy;

/// <summary>
/// The rules for passwords. Immutable and thread-safe; a variant is made with
/// <c>PasswordPolicy.Default with { MinimumLength = 12 }</c>, or read from a file (<see cref="Load"/>).
/// </summary>
/// <remarks>
/// Characters are Unicode code points of the password's NFC form. Letters and digits of any script count to their class
/// (<c>Ä</c> is an upper-case letter, <c>٣</c> a digit, <c>語</c> neither case); a special character is printable ASCII that
/// is no letter, digit or space. A space is allowed and counts only towards the length.
/// </remarks>
public sealed record PasswordPolicy
{
    private readonly int _minimumLength = 8;
    private readonly int? _maximumLength;
    private readonly int? _minimumStrength;
    private IPasswordRule[]? _rules;

    /// <summary>Makes the default policy, for changing it at once: <c>new PasswordPolicy { MinimumLength = 12 }</c>.</summary>
    public PasswordPolicy()
    {
    }

    /// <summary>Copies the settings for a <c>with</c> expression; the rules are built again from them.</summary>
    private PasswordPolicy(PasswordPolicy original)
    {
        _minimumLength = original._minimumLength;
        _maximumLength = original._maximumLength;
        _minimumStrength = original._minimumStrength;
        RequireUpperCase = original.RequireUpperCase;
        RequireLowerCase = original.RequireLowerCase;
        RequireDigit = original.RequireDigit;
        RequireSpecial = original.RequireSpecial;
        RefuseSimilarToMailbox = original.RefuseSimilarToMailbox;
        RefuseSimilarToCurrent = original.RefuseSimilarToCurrent;
        BreachedPasswords = original.BreachedPasswords;
    }

    /// <summary>The default: at least 8 characters, with an upper-case and a lower-case letter, a digit and a special character.</summary>
    public static PasswordPolicy Default { get; } = new();

    /// <summary>The fewest characters, 1 to 1000; 8 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Out of this range.</exception>
    public int MinimumLength
    {
        get => _minimumLength;
        init => _minimumLength = InRange(value, 1, LongestLength, nameof(MinimumLength));
    }

    /// <summary>The most characters, 1 to 1000; <see langword="null"/>, the default, for no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Out of this range.</exception>
    public int? MaximumLength
    {
        get => _maximumLength;
        init => _maximumLength = value is { } length ? InRange(length, 1, LongestLength, nameof(MaximumLength)) : null;
    }

    /// <summary>Whether an upper-case letter must occur; on by default.</summary>
    public bool RequireUpperCase { get; init; } = true;

    /// <summary>Whether a lower-case letter must occur; on by default.</summary>
    public bool RequireLowerCase { get; init; } = true;

    /// <summary>Whether a digit must occur; on by default.</summary>
    public bool RequireDigit { get; init; } = true;

    /// <summary>Whether a special character must occur; on by default.</summary>
    public bool RequireSpecial { get; init; } = true;

    /// <summary>
    /// Whether a password built on the address or the owner's name is refused; off by default. Each word of four or more
    /// characters counts, whatever its case, read backwards, or with digits and symbols for letters (<c>j4ne</c>).
    /// </summary>
    public bool RefuseSimilarToMailbox { get; init; }

    /// <summary>
    /// Whether a password of which half or more is the current one is refused; off by default. It can only be judged where
    /// the current password was given. Measured as one less the share of edited characters (Levenshtein), or as the
    /// longest run in common, whichever is more, of the longer of both, case and look-alikes (<c>a4@</c>) set aside.
    /// </summary>
    public bool RefuseSimilarToCurrent { get; init; }

    /// <summary>The least strength by zxcvbn, 0 to 4; <see langword="null"/>, the default, to leave it unjudged.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Out of this range.</exception>
    public int? MinimumStrength
    {
        get => _minimumStrength;
        init => _minimumStrength = value is { } strength ? InRange(strength, 0, 4, nameof(MinimumStrength)) : null;
    }

    /// <summary>The list of passwords known from breaches; <see langword="null"/>, the default, for none. It stays open for as long as the policy is used.</summary>
    public BreachedPasswordList? BreachedPasswords { get; init; }

    /// <summary>The classes that must occur.</summary>
    internal CharacterClasses RequiredClasses =>
        (RequireUpperCase ? CharacterClasses.Upper : 0) | (RequireLowerCase ? CharacterClasses.Lower : 0)
        | (RequireDigit ? CharacterClasses.Digit : 0) | (RequireSpecial ? CharacterClasses.Special : 0);

    private const int LongestLength = 1000;

    private IPasswordRule[] Rules => _rules ??= [.. MakeRules()];

    /// <summary>Reads a policy from a JSON file (docs/policy.md); what it does not name is as in <see cref="Default"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyInvalid"/>: the file or a file that it names cannot be read, or a field is unknown, duplicate or out of range; the message names it.</exception>
    public static PasswordPolicy Load(string path) => PolicyFile.Load(path);

    /// <summary>Checks a password against every rule.</summary>
    /// <param name="password">The password.</param>
    /// <param name="context">What the password is for.</param>
    /// <returns>All violations; empty if the password conforms.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyInvalid"/>: the breached-password list cannot be read.</exception>
    public IReadOnlyList<PolicyViolation> Check(Secret password, PolicyContext context)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(context);
        var traits = PasswordTraits.Of(password.Utf8);
        List<PolicyViolation>? violations = null;
        foreach (var rule in Rules)
        {
            if (rule.Check(traits, password, context) is { } violation)
            {
                (violations ??= []).Add(violation);
            }
        }

        return violations ?? (IReadOnlyList<PolicyViolation>)[];
    }

    /// <summary>The rules as sentences, for the person who has to choose a password.</summary>
    public IReadOnlyList<string> Describe() => Array.ConvertAll(Rules, static rule => rule.Description);

    /// <summary>Whether both ask for the same.</summary>
    /// <param name="other">The other policy.</param>
    public bool Equals(PasswordPolicy? other) => other is not null && Settings(this).Equals(Settings(other));

    /// <inheritdoc/>
    public override int GetHashCode() => Settings(this).GetHashCode();

    /// <summary>The rules as one line.</summary>
    public override string ToString() => string.Join(' ', Describe());

    private static (int, int?, CharacterClasses, bool, bool, int?, BreachedPasswordList?) Settings(PasswordPolicy policy) => (
        policy.MinimumLength, policy.MaximumLength, policy.RequiredClasses, policy.RefuseSimilarToMailbox,
        policy.RefuseSimilarToCurrent, policy.MinimumStrength, policy.BreachedPasswords);

    private IEnumerable<IPasswordRule> MakeRules()
    {
        yield return new ValidTextRule();
        yield return new MinimumLengthRule(MinimumLength);
        if (MaximumLength is { } maximum)
        {
            yield return new MaximumLengthRule(maximum);
        }

        if (RequireUpperCase)
        {
            yield return CharacterClassRule.Upper;
        }

        if (RequireLowerCase)
        {
            yield return CharacterClassRule.Lower;
        }

        if (RequireDigit)
        {
            yield return CharacterClassRule.Digit;
        }

        if (RequireSpecial)
        {
            yield return CharacterClassRule.Special;
        }

        if (RefuseSimilarToMailbox)
        {
            yield return new MailboxSimilarityRule();
        }

        if (RefuseSimilarToCurrent)
        {
            yield return new CurrentPasswordSimilarityRule();
        }

        if (MinimumStrength is { } strength and > 0)
        {
            yield return new StrengthRule(strength);
        }

        if (BreachedPasswords is { } list)
        {
            yield return new BreachedPasswordRule(list);
        }
    }

    private static int InRange(int value, int least, int most, string name) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
}
