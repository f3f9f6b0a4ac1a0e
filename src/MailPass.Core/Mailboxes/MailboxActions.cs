namespace MailPass.Mailboxes;

/// <summary>Actions that a <see cref="MailboxScope"/> may allow.</summary>
[Flags]
public enum MailboxActions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An admin's change to a given password.</summary>
    Set = 1,

    /// <summary>A person's own change, which requires the current password. The right to set includes it.</summary>
    Change = 2,

    /// <summary>A change to a generated password.</summary>
    Reset = 4,

    /// <summary>Ending sessions without a change. A change ends the mailbox's sessions in any case, if that is asked for.</summary>
    Revoke = 8,

    /// <summary>Listing mailboxes.</summary>
    List = 16,

    /// <summary>Finding out whether a password is the current one.</summary>
    Test = 32,

    /// <summary>Undoing a run.</summary>
    Restore = 64,

    /// <summary>Reading the passwords of a run from its journal.</summary>
    Recover = 128,

    /// <summary>Logging in to test a password. A run's canaries belong to the run.</summary>
    Login = 256,

    /// <summary>Listing who is logged in.</summary>
    Sessions = 512,

    /// <summary>Everything.</summary>
    All = Set | Change | Reset | Revoke | List | Test | Restore | Recover | Login | Sessions,
}
