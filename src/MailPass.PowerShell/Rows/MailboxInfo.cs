using MailPass.Import;
using MailPass.Mailboxes;

namespace MailPass;

/// <summary>A mailbox as its store has it; never its hash.</summary>
public sealed class MailboxInfo : IMailboxRow
{
    private readonly MailboxAccount _account;

    internal MailboxInfo(MailboxAccount account) => _account = account;

    /// <summary>The mailbox. (Not "Address": every array has a member of that name, which would hide it.)</summary>
    public string Mailbox => SpreadsheetText.Guard(_account.Address.Value);

    /// <summary>Its domain, in ASCII.</summary>
    public string Domain => _account.Address.Domain;

    /// <summary>The person's name, where the store keeps one.</summary>
    public string? Name => _account.DisplayName is { } name ? SpreadsheetText.Guard(name) : null;

    /// <summary>Whether it can log in: Active, Disabled or External.</summary>
    public string State => _account.State.ToString();

    /// <summary>What in the store says so where it is not active.</summary>
    public string? Reason => _account.StateReason;

    /// <summary>When the password was last changed, where the store keeps that.</summary>
    public DateTimeOffset? PasswordChanged => _account.PasswordChanged;

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _account.Address.Value;

    /// <summary>The address.</summary>
    public override string ToString() => Mailbox;
}
