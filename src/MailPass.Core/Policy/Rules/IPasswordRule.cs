using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>One thing that a password must be. Immutable and thread-safe.</summary>
internal interface IPasswordRule
{
    /// <summary>The requirement, as a sentence for the person who chooses a password.</summary>
    string Description { get; }

    /// <summary>Checks one password.</summary>
    /// <returns>The violation; <see langword="null"/> if the rule is kept. Making none costs no allocation.</returns>
    PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context);
}
