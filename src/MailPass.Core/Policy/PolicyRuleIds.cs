namespace MailPass.Policy;

/// <summary>The constant names of the policy's rules, as <see cref="PolicyViolation.RuleId"/> gives them.</summary>
public static class PolicyRuleIds
{
    /// <summary>The password contains NUL, a control character, or bytes that are not valid UTF-8. Always on.</summary>
    public const string PasswordInvalid = ErrorIds.PasswordInvalid;

    /// <summary>Fewer characters than <see cref="PasswordPolicy.MinimumLength"/>.</summary>
    public const string TooShort = nameof(TooShort);

    /// <summary>More characters than <see cref="PasswordPolicy.MaximumLength"/>.</summary>
    public const string TooLong = nameof(TooLong);

    /// <summary>No upper-case letter.</summary>
    public const string UpperCaseMissing = nameof(UpperCaseMissing);

    /// <summary>No lower-case letter.</summary>
    public const string LowerCaseMissing = nameof(LowerCaseMissing);

    /// <summary>No digit.</summary>
    public const string DigitMissing = nameof(DigitMissing);

    /// <summary>No special character.</summary>
    public const string SpecialMissing = nameof(SpecialMissing);

    /// <summary>Too close to the address or the person's name.</summary>
    public const string SimilarToMailbox = nameof(SimilarToMailbox);

    /// <summary>Too close to the current password.</summary>
    public const string SimilarToCurrent = nameof(SimilarToCurrent);

    /// <summary>Too easily guessed.</summary>
    public const string TooWeak = nameof(TooWeak);

    /// <summary>Found in the list of passwords known from breaches.</summary>
    public const string Breached = nameof(Breached);
}
