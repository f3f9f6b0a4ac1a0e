using System.Globalization;
using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>At least so many characters (Unicode code points).</summary>
internal sealed class MinimumLengthRule(int minimum) : IPasswordRule
{
    public string Description { get; } = string.Create(CultureInfo.InvariantCulture, $"At least {minimum} characters.");

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context) => traits.Length >= minimum
        ? null
        : new(PolicyRuleIds.TooShort, string.Create(CultureInfo.InvariantCulture, $"The password must have at least {minimum} characters; it has {traits.Length}."));
}
