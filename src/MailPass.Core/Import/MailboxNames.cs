namespace MailPass.Import;

/// <summary>The names of the mailbox column that are constants, because cmdlets have them as names of their parameter too.</summary>
public static class MailboxNames
{
    /// <summary>What MailPass itself writes.</summary>
    public const string Mailbox = nameof(Mailbox);

    /// <summary>Active Directory's.</summary>
    public const string EmailAddress = nameof(EmailAddress);

    /// <summary>What most files have.</summary>
    public const string Email = nameof(Email);

    /// <summary>LDAP's and Microsoft Graph's.</summary>
    public const string Mail = nameof(Mail);

    /// <summary>Entra ID's.</summary>
    public const string UserPrincipalName = nameof(UserPrincipalName);

    /// <summary>PostfixAdmin's.</summary>
    public const string UserName = nameof(UserName);

    /// <summary>An address book's.</summary>
    public const string Address = nameof(Address);
}
