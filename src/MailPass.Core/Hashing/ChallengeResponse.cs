namespace MailPass.Hashing;

/// <summary>
/// Schemes whose stored form a server needs for logins that do not send the password: CRAM-MD5 and its kin from a key of
/// their own, all of them from the password itself. Dovecot's manual, "Authentication Mechanisms".
/// </summary>
internal static class ChallengeResponse
{
    private static readonly HashSet<string> Schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        "CRAM-MD5", "HMAC-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "NTLM", "LANMAN", "LM", "RPA", "OTP", "SKEY",
        "PLAIN", "CLEAR", "CLEARTEXT", "PLAIN-TRUNC",
    };

    /// <summary>The scheme of a stored hash, if it is one of these.</summary>
    /// <param name="text">The hash as it is stored.</param>
    /// <param name="unprefixedScheme">What the mail system reads a hash without prefix in.</param>
    public static string? SchemeOf(string? text, string? unprefixedScheme)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var end = text[0] == '{' ? text.IndexOf('}', StringComparison.Ordinal) : -1;
        var name = end > 1 ? text[..(end + 1)] : unprefixedScheme;
        return name is not null && PasswordSchemes.SplitName(name).Bare is var scheme && Schemes.Contains(scheme) ? scheme.ToUpperInvariant() : null;
    }
}
