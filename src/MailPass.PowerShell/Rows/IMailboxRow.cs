namespace MailPass;

/// <summary>A row about one mailbox; it pipes into every cmdlet that takes mailboxes.</summary>
internal interface IMailboxRow
{
    /// <summary>The mailbox itself; the row's own property of this name is kept from being a formula in a spreadsheet.</summary>
    string Mailbox { get; }
}
