using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>Not built on the address or the person's name, which is what an attacker tries first.</summary>
internal sealed class MailboxSimilarityRule : IPasswordRule
{
    /// <summary>Shorter words turn up in good passwords by chance.</summary>
    internal const int ShortestWord = 4;

    private static readonly PolicyViolation _violation = new(
        PolicyRuleIds.SimilarToMailbox, "The password must not be built on the mail address or the name of its owner.");

    public string Description => "Not built on the mail address or the name of its owner.";

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context)
    {
        if (context.Mailbox is null && string.IsNullOrWhiteSpace(context.DisplayName))
        {
            return null;
        }

        using var folded = FoldedText.Of(password);
        foreach (var word in OwnersWords.Of(context))
        {
            using var foldedWord = FoldedText.Of(word);
            if (foldedWord.Length >= ShortestWord && IsBuiltOn(folded.Characters, foldedWord.Characters))
            {
                return _violation;
            }
        }

        return null;
    }

    private static bool IsBuiltOn(ReadOnlySpan<char> password, ReadOnlySpan<char> word)
    {
        Span<char> reversed = word.Length <= 64 ? stackalloc char[word.Length] : new char[word.Length];
        word.CopyTo(reversed);
        reversed.Reverse();
        return password.IndexOf(word, StringComparison.Ordinal) >= 0
            || password.IndexOf((ReadOnlySpan<char>)reversed, StringComparison.Ordinal) >= 0
            || Similarity.Of(password, word) >= Similarity.TooSimilar;
    }
}
