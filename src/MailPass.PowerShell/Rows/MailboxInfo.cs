using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Rows;

namespace MailPass;

/// <summary>A mailbox as its store has it; never its hash.</summary>
public sealed class MailboxInfo : IMailboxRow
{
    private readonly MailboxAccount _account;

    internal MailboxInfo(MailboxAccount account, string? unprefixedScheme)
    {
        _account = account;
        Scheme = StoredHash.SchemeOf(account.PasswordHash, unprefixedScheme);
    }

    /// <summary>The mailbox. (Not "Address": every array has a member of that name, which would hide it.)</summary>
    public string Mailbox => RowText.Of(_account.Address.Value);

    /// <summary>Its domain, in ASCII.</summary>
    public string Domain => _account.Address.Domain;

    /// <summary>The person's name, if the store keeps one.</summary>
    public string? Name => RowText.Of(_account.DisplayName);

    /// <summary>Whether it can log in: Active, Disabled or External.</summary>
    public string State => _account.State.ToString();

    /// <summary>Why it is not active, according to the store.</summary>
    public string? Reason => RowText.Of(_account.StateReason);

    /// <summary>The scheme of its hash; <c>unreadable</c> for a hash that MailPass cannot read, empty without one.</summary>
    public string Scheme { get; }

    /// <summary>When the password was last changed, as ISO 8601 with its offset, if the store keeps that.</summary>
    public string? PasswordChanged => _account.PasswordChanged is { } time ? Timestamps.Text(time) : null;

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _account.Address.Value;

    /// <summary>The address.</summary>
    public override string ToString() => Mailbox;
}
