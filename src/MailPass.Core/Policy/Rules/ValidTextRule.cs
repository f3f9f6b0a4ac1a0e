using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>
/// Text that every mail client can send and every scheme can hash: NUL ends a password early in bcrypt and crypt(3), and
/// a line break ends it in IMAP, SMTP and password files.
/// </summary>
internal sealed class ValidTextRule : IPasswordRule
{
    private static readonly PolicyViolation _control = new(
        PolicyRuleIds.PasswordInvalid, "The password must not hold control characters such as tabs, line breaks or NUL.");

    private static readonly PolicyViolation _malformed = new(PolicyRuleIds.PasswordInvalid, "The password is not valid UTF-8 text.");

    public string Description => "No control characters such as tabs, line breaks or NUL.";

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context) =>
        !traits.IsWellFormed ? _malformed : traits.HasControl ? _control : null;
}
