using MailPass.Mailboxes;

namespace MailPass.Sessions.Dovecot;

/// <summary>Between mailboxes and the names that a server knows them by.</summary>
internal static class UserNames
{
    /// <summary>The mailbox that a server's name stands for; <see langword="null"/> where it is no address.</summary>
    public static MailboxAddress? MailboxOf(string userName, string? defaultDomain)
    {
        var text = userName.Contains('@', StringComparison.Ordinal) || defaultDomain is null ? userName : userName + "@" + defaultDomain;
        return MailboxAddress.TryParse(text, out var address, out _) ? address : null;
    }

    /// <summary>
    /// The spellings under which the authentication cache may hold a mailbox before anyone has seen it logged in. Entries
    /// are found by the exact name: lower case is what Dovecot makes of a login by default.
    /// </summary>
    public static IEnumerable<string> SpellingsOf(MailboxAddress mailbox, string? defaultDomain)
    {
        yield return mailbox.Key;
        if (mailbox.Value != mailbox.Key)
        {
            yield return mailbox.Value;
        }

        // Domains are kept in their ASCII form here; a client may have typed the other one.
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
