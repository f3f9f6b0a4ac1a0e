using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>
/// Not the current password with a few characters changed: anyone who knows the old one tries those first
/// (<c>Summer24!</c> and then <c>Summer25!</c>).
/// </summary>
internal sealed class CurrentPasswordSimilarityRule : IPasswordRule
{
    private static readonly PolicyViolation _violation = new(
        PolicyRuleIds.SimilarToCurrent, "The password is too close to the current one: more than half of it must be new.");

    public string Description => "Not close to the current password: more than half of it must be new.";

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context)
    {
        if (context.CurrentPassword is null)
        {
            return null;
        }

        using var folded = FoldedText.Of(password);
        using var current = FoldedText.Of(context.CurrentPassword);
        return Similarity.Of(folded.Characters, current.Characters) >= Similarity.TooSimilar ? _violation : null;
    }
}
