namespace MailPass;

/// <summary>A row about one mailbox; it pipes into every cmdlet that takes mailboxes.</summary>
internal interface IMailboxRow
{
    /// <summary>The mailbox itself; the row's own property of this name is protected from being read as a formula by a spreadsheet.</summary>
    string Mailbox { get; }
}
