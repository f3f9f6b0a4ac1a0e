using MailPass.Mailboxes;

namespace MailPass.Sessions.Dovecot;

/// <summary>Converts between mailboxes and the names that a server uses for them.</summary>
internal static class UserNames
{
    /// <summary>The mailbox of a server's name; <see langword="null"/> if it is not a valid address.</summary>
    public static MailboxAddress? MailboxOf(string userName, string? defaultDomain)
    {
        var text = userName.Contains('@', StringComparison.Ordinal) || defaultDomain is null ? userName : userName + "@" + defaultDomain;
        return MailboxAddress.TryParse(text, out var address, out _) ? address : null;
    }

    /// <summary>
    /// The spellings that a mailbox may have in the authentication cache if no session shows its spelling. Entries are found only by
    /// the exact name; by default Dovecot converts a login to lower case.
    /// </summary>
    public static IEnumerable<string> SpellingsOf(MailboxAddress mailbox, string? defaultDomain)
    {
        yield return mailbox.Key;
        if (mailbox.Value != mailbox.Key)
        {
            yield return mailbox.Value;
        }

        // Domains are in their ASCII form here; a client may have used the Unicode form.
        if (mailbox.UnicodeValue != mailbox.Value)
        {
            yield return mailbox.UnicodeValue;
        }

        if (defaultDomain is not null && mailbox.Domain.Equals(defaultDomain, StringComparison.OrdinalIgnoreCase))
        {
            yield return mailbox.Key[..mailbox.Key.LastIndexOf('@')];
        }
    }
}
