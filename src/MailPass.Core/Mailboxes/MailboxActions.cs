namespace MailPass.Mailboxes;

/// <summary>Actions that a <see cref="MailboxScope"/> may allow.</summary>
[Flags]
public enum MailboxActions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An admin's change to a given password.</summary>
    Set = 1,

    /// <summary>A person's own change, which proves the current password. Whoever may set may do this too.</summary>
    Change = 2,

    /// <summary>A change to a generated password.</summary>
    Reset = 4,

    /// <summary>Ending sessions without a change. A change ends the mailbox's sessions in any case, if that is asked for.</summary>
    Revoke = 8,

    /// <summary>Listing mailboxes and their sessions.</summary>
    List = 16,

    /// <summary>Finding out whether a password is the current one, and logging in with it.</summary>
    Test = 32,

    /// <summary>Undoing a run.</summary>
    Restore = 64,

    /// <summary>Reading the passwords of a run from its journal.</summary>
    Recover = 128,

    /// <summary>Everything.</summary>
    All = Set | Change | Reset | Revoke | List | Test | Restore | Recover,
}
