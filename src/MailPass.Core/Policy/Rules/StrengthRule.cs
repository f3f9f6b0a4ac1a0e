using System.Globalization;
using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>
/// A least score of zxcvbn (Wheeler, USENIX Security 2016), which guesses as crackers do: dictionaries, names, dates,
/// keyboard walks, and the words of the mailbox itself.
/// </summary>
/// <remarks>The library uses strings, and pieces of them stay in memory until a garbage collection; a policy without this rule leaves no such copies.</remarks>
internal sealed class StrengthRule(int minimum) : IPasswordRule
{
    // The library's work grows with the square of the length, and further characters do not make a strong password weak.
    private const int LongestJudged = 100;

    // An estimator loads its dictionaries once and is not promised to be thread-safe.
    [ThreadStatic]
    private static Zxcvbn.Zxcvbn? _estimator;

    public string Description { get; } = string.Create(
        CultureInfo.InvariantCulture, $"Hard to guess: a strength of at least {minimum} on zxcvbn's scale from 0 to 4.");

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context)
    {
        _estimator ??= new Zxcvbn.Zxcvbn();
        var text = password.Reveal();
        var judged = text.Length > LongestJudged ? text[..LongestJudged] : text;
        var score = judged.Length == 0 ? 0 : _estimator.EvaluatePassword(judged, OwnersWords.Of(context)).Score;
        return score >= minimum
            ? null
            : new(PolicyRuleIds.TooWeak, string.Create(
                CultureInfo.InvariantCulture, $"The password is too easy to guess: its strength is {score}, and {minimum} is asked for (zxcvbn, 0 to 4)."));
    }
}
