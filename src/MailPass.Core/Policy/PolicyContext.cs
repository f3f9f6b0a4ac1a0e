using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Policy;

/// <summary>What a password is for, so that rules can compare it with what an attacker would try first.</summary>
public sealed class PolicyContext
{
    /// <summary>Nothing is known.</summary>
    public static PolicyContext None { get; } = new();

    /// <summary>The mailbox.</summary>
    public MailboxAddress? Mailbox { get; init; }

    /// <summary>The person's name.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The current password, if the person has just given it.</summary>
    public Secret? CurrentPassword { get; init; }
}
