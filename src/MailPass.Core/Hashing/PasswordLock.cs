namespace MailPass.Hashing;

/// <summary>Recognises locked passwords: admins and their tools put a character before the hash with which no hash begins.</summary>
internal static class PasswordLock
{
    // If the text after the prefix is the password itself, it may begin with any character.
    private static readonly HashSet<string> s_plain = new(StringComparer.OrdinalIgnoreCase) { "PLAIN", "CLEAR", "CLEARTEXT", "PLAIN-TRUNC" };

    /// <summary>Whether a stored password is locked: <c>!$6$…</c>, <c>*</c>, <c>{CRYPT}!$6$…</c>.</summary>
    /// <param name="hash">The hash as it is stored.</param>
    public static bool IsLocked(string? hash)
    {
        if (hash is ['!' or '*', ..])
        {
            return true;
        }

        var end = hash is ['{', ..] ? hash.IndexOf('}', StringComparison.Ordinal) : -1;
        return end > 1 && end + 1 < hash!.Length && hash[end + 1] is ('!' or '*') && !s_plain.Contains(PasswordSchemes.SplitName(hash[..(end + 1)]).Bare);
    }
}
