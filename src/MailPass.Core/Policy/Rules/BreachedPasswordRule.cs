using System.Security.Cryptography;
using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>Not in a list of passwords known from breaches.</summary>
internal sealed class BreachedPasswordRule(BreachedPasswordList list) : IPasswordRule
{
    private static readonly PolicyViolation _violation = new(
        PolicyRuleIds.Breached, "The password is known from a data breach, so attackers try it; choose another.");

    public string Description => "Not known from a data breach.";

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        // The list's own format, not a way to store anything.
        SHA1.HashData(password.Utf8, hash);
        var isKnown = list.Contains(hash);
        CryptographicOperations.ZeroMemory(hash);
        return isKnown ? _violation : null;
    }
}
