using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Sessions;

/// <summary>A mailbox whose password was just changed.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="Password">The new password; stays the caller's, and is valid until the call returns.</param>
public readonly record struct ChangedPassword(MailboxAddress Mailbox, Secret Password);
