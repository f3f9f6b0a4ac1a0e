using System.Formats.Asn1;
using System.Numerics;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Stores.Ldap;

/// <summary>The directory's own password policy (draft-behera-ldap-password-policy-10): why it refuses a new password, in words.</summary>
internal static class LdapPasswordPolicy
{
    /// <summary>The control that asks for its answers.</summary>
    public const string Oid = "1.3.6.1.4.1.42.2.27.8.5.1";

    /// <summary>The control, to be sent with an operation; a directory without a policy ignores it.</summary>
    public static LdapControl Control { get; } = new(Oid, IsCritical: false);

    /// <summary>Whether the policy took the deleted value for the old password in clear text and compared it. OpenLDAP's policy does so for everybody but its root DN.</summary>
    /// <param name="answer">The directory's answer.</param>
    public static bool WantsOldPassword(LdapAnswer answer) => answer.Code is not LdapResultCode.Success && ErrorOf(answer) == 4;

    /// <summary>The policy's reason; <see langword="null"/> if it gives none.</summary>
    /// <param name="answer">The directory's answer.</param>
    public static string? ReasonOf(LdapAnswer answer) => ErrorOf(answer) switch
    {
        // Section 6.2, PasswordPolicyResponseValue.error.
        0 => "The password has expired.",
        1 => "The mailbox is locked.",
        2 => "The login must change its own password first.",
        3 => "The policy does not allow anyone to change this password.",
        4 => "The policy requires the old password with the new one.",
        5 => "The policy must check the password itself, and cannot check a hash (pwdCheckQuality 2).",
        6 => "The password is too short for the policy.",
        7 => "The password was changed too recently (pwdMinAge).",
        8 => "The password was used before (pwdInHistory).",
        9 => "The password is too long for the policy.",
        _ => null,
    };

    private static int? ErrorOf(LdapAnswer answer)
    {
        if (answer.ControlValue(Oid) is not { } value)
        {
            return null;
        }

        try
        {
            var content = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
            while (content.HasData)
            {
                if (content.PeekTag() == LdapRequests.Context(1))
                {
                    return (int)new BigInteger(content.ReadEnumeratedBytes(LdapRequests.Context(1)).Span, isBigEndian: true);
                }

                _ = content.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            // The answer itself still shows that it was refused.
        }

        return null;
    }
}
