namespace MailPass;

/// <summary>A row about one mailbox; it pipes into every cmdlet that takes mailboxes.</summary>
internal interface IMailboxRow
{
    /// <summary>The mailbox.</summary>
    string Mailbox { get; }
}
