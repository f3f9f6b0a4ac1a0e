using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>At least one character of a class.</summary>
internal sealed class CharacterClassRule : IPasswordRule
{
    private readonly CharacterClasses _class;
    private readonly PolicyViolation _violation;

    private CharacterClassRule(CharacterClasses @class, string ruleId, string what)
    {
        _class = @class;
        _violation = new PolicyViolation(ruleId, $"The password must have at least one {what}.");
        Description = $"At least one {what}.";
    }

    public static CharacterClassRule Upper { get; } = new(CharacterClasses.Upper, PolicyRuleIds.UpperCaseMissing, "upper-case letter");

    public static CharacterClassRule Lower { get; } = new(CharacterClasses.Lower, PolicyRuleIds.LowerCaseMissing, "lower-case letter");

    public static CharacterClassRule Digit { get; } = new(CharacterClasses.Digit, PolicyRuleIds.DigitMissing, "digit");

    public static CharacterClassRule Special { get; } = new(
        CharacterClasses.Special, PolicyRuleIds.SpecialMissing, "special character, such as , . / ! @ # $ % ^ & *");

    public string Description { get; }

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context) =>
        (traits.Classes & _class) != 0 ? null : _violation;
}
