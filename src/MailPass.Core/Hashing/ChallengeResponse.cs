namespace MailPass.Hashing;

/// <summary>
/// Schemes whose stored form a server needs for logins that do not send the password. CRAM-MD5 and similar mechanisms can use a key
/// of their own; all of them can use the password itself. See Dovecot's manual, "Authentication Mechanisms".
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
    /// <param name="unprefixedScheme">The scheme that the mail system assumes for a hash without prefix.</param>
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

    /// <summary>Guesses which of these a text without a scheme may be, if it is not known which scheme the mail system assumes.</summary>
    /// <param name="text">The text as it is stored, not empty.</param>
    /// <returns><see langword="null"/> for a digest that no such login can use.</returns>
    public static string? GuessOf(string text)
    {
        if (text.All(char.IsAsciiHexDigit) && text.Length is 32 or 40 or 64 or 128)
        {
            return text.Length == 64 ? "perhaps CRAM-MD5" : null;
        }

        // $id$…, crypt(3)'s DES, or a digest of 16 bytes and more in base64.
        var isDigest = text[0] is '$' or '{'
            || (text.Length == 13 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/'))
            || (text.Length >= 24 && Convert.TryFromBase64String(text, new byte[text.Length], out _));
        return isDigest ? null : "perhaps the password itself";
    }
}
