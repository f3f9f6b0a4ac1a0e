using System.Text;
using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Policy.Rules;

/// <summary>
/// Text that every mail client can send and every scheme can hash: NUL ends a password early in bcrypt and crypt(3), and
/// a line break ends it in IMAP, SMTP and password files. Nor is it longer than a login takes: Dovecot 2.3 refuses user
/// name and password that have more than 1,024 bytes together.
/// </summary>
internal sealed class ValidTextRule : IPasswordRule
{
    /// <summary>The reason for the limit of a password's length, to follow a colon.</summary>
    public const string Limit = "mail servers accept at most 1000 bytes at a login, including the user name.";

    private const int MaxBytes = 1000;

    private static readonly PolicyViolation _long = new(PolicyRuleIds.PasswordInvalid, "The password is too long: " + Limit);

    private static readonly PolicyViolation _control = new(
        PolicyRuleIds.PasswordInvalid, "The password must not contain control characters such as tabs, line breaks or NUL.");

    private static readonly PolicyViolation _malformed = new(PolicyRuleIds.PasswordInvalid, "The password is not valid UTF-8 text.");

    public string Description => "No control characters such as tabs, line breaks or NUL.";

    /// <summary>Whether mail servers would refuse the password for its length.</summary>
    /// <param name="password">The password.</param>
    /// <param name="mailbox">The mailbox; <see langword="null"/> if it is not known.</param>
    public static bool IsTooLong(Secret password, MailboxAddress? mailbox) =>
        password.Length + (mailbox is null ? 0 : Encoding.UTF8.GetByteCount(mailbox.Value)) > MaxBytes;

    public PolicyViolation? Check(in PasswordTraits traits, Secret password, PolicyContext context) =>
        IsTooLong(password, context.Mailbox) ? _long : !traits.IsWellFormed ? _malformed : traits.HasControl ? _control : null;
}
