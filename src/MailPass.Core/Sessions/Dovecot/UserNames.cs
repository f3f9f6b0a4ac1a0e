using System.Globalization;
using MailPass.Mailboxes;

namespace MailPass.Sessions.Dovecot;

/// <summary>Between mailboxes and the names that a server knows them by.</summary>
internal static class UserNames
{
    private static readonly IdnMapping Idn = new();

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

        if (mailbox.Domain.Contains("xn--", StringComparison.Ordinal) && Unicode(mailbox.Domain) is { } domain)
        {
            yield return mailbox.LocalPart.ToLowerInvariant() + "@" + domain;
        }

        if (defaultDomain is not null && mailbox.Domain.Equals(defaultDomain, StringComparison.OrdinalIgnoreCase))
        {
            yield return mailbox.LocalPart.ToLowerInvariant();
        }
    }

    private static string? Unicode(string domain)
    {
        try
        {
            return Idn.GetUnicode(domain);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
