using System.Globalization;
using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>At most so many characters (Unicode code points).</summary>
internal sealed class MaximumLengthRule(int maximum) : IPasswordRule
{
    public string Description { get; } = string.Create(CultureInfo.InvariantCulture, $"At most {maximum} characters.");

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context) => traits.Length <= maximum
        ? null
        : new(PolicyRuleIds.TooLong, string.Create(CultureInfo.InvariantCulture, $"The password must have at most {maximum} characters; it has {traits.Length}."));
}
