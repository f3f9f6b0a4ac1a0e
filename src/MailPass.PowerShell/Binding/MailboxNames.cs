namespace MailPass.PowerShell.Binding;

/// <summary>The names under which a mailbox is found in an input: in a CSV's header, or on the objects of other modules.</summary>
internal static class MailboxNames
{
    public const string Mailbox = nameof(Mailbox);
    public const string EmailAddress = nameof(EmailAddress);
    public const string Email = nameof(Email);
    public const string Mail = nameof(Mail);
    public const string UserPrincipalName = nameof(UserPrincipalName);
    public const string UserName = nameof(UserName);
    public const string Address = nameof(Address);

    /// <summary>All of them, the parameter's own name included.</summary>
    public static IReadOnlyList<string> All { get; } = ["Identity", Mailbox, EmailAddress, Email, Mail, UserPrincipalName, UserName, Address];
}
