namespace MailPass;

/// <summary>
/// The constant names of everything that can go wrong. A script may compare against them, so a name once released
/// is never changed; <c>docs/errors.md</c> lists each with its cause and its remedy.
/// </summary>
public static class ErrorIds
{
    /// <summary>The text is not a valid mailbox address.</summary>
    public const string AddressInvalid = nameof(AddressInvalid);

    /// <summary>The same mailbox appeared earlier in the same input; the first row counts.</summary>
    public const string AddressDuplicate = nameof(AddressDuplicate);

    /// <summary>The store has no such mailbox.</summary>
    public const string MailboxNotFound = nameof(MailboxNotFound);

    /// <summary>The mailbox or its domain is disabled, so no password could log in.</summary>
    public const string MailboxDisabled = nameof(MailboxDisabled);

    /// <summary>The mailbox signs in elsewhere (LDAP, OAuth, IMAP…), so a hash in this store is not used.</summary>
    public const string MailboxExternal = nameof(MailboxExternal);

    /// <summary>The profile does not allow this mailbox, its domain or this action.</summary>
    public const string OutOfScope = nameof(OutOfScope);

    /// <summary>The password breaks at least one rule of the policy.</summary>
    public const string PolicyViolation = nameof(PolicyViolation);

    /// <summary>No string can satisfy the policy and the generator's settings together.</summary>
    public const string PolicyUnsatisfiable = nameof(PolicyUnsatisfiable);

    /// <summary>A policy file, or a breached-password list, cannot be used; the message names the field or the place.</summary>
    public const string PolicyInvalid = nameof(PolicyInvalid);

    /// <summary>The row has no password, but one is needed.</summary>
    public const string PasswordMissing = nameof(PasswordMissing);

    /// <summary>The password contains NUL, a control character or text that is not valid Unicode.</summary>
    public const string PasswordInvalid = nameof(PasswordInvalid);

    /// <summary>The current password that was given does not match the stored hash.</summary>
    public const string CurrentPasswordWrong = nameof(CurrentPasswordWrong);

    /// <summary>The scheme would cut the password (bcrypt: 72 bytes).</summary>
    public const string PasswordTooLongForScheme = nameof(PasswordTooLongForScheme);

    /// <summary>The store's column is narrower than the hash.</summary>
    public const string HashTooLongForColumn = nameof(HashTooLongForColumn);

    /// <summary>The scheme is unknown, or is only verified.</summary>
    public const string SchemeUnknown = nameof(SchemeUnknown);

    /// <summary>The scheme does not accept this cost.</summary>
    public const string SchemeCostInvalid = nameof(SchemeCostInvalid);

    /// <summary>The stored hash cannot be read in its scheme.</summary>
    public const string HashUnreadable = nameof(HashUnreadable);

    /// <summary>The stored hash takes more time or memory than MailPass spends on verifying one.</summary>
    public const string HashTooCostly = nameof(HashTooCostly);

    /// <summary>The mailbox's hash may be needed for challenge-response logins, which would stop working; an admin must choose the new scheme.</summary>
    public const string SchemeChoiceNeeded = nameof(SchemeChoiceNeeded);

    /// <summary>The tables match no schema, or more than one.</summary>
    public const string SchemaNotDetected = nameof(SchemaNotDetected);

    /// <summary>A schema file is wrong; the message names the field.</summary>
    public const string SchemaInvalid = nameof(SchemaInvalid);

    /// <summary>The store cannot be opened or was lost.</summary>
    public const string StoreUnreachable = nameof(StoreUnreachable);

    /// <summary>The store can be read but not written.</summary>
    public const string StoreReadOnly = nameof(StoreReadOnly);

    /// <summary>The store's location is not valid, or the store is not one that MailPass can use.</summary>
    public const string StoreInvalid = nameof(StoreInvalid);

    /// <summary>The store cannot be created, because something is there already.</summary>
    public const string StoreExists = nameof(StoreExists);

    /// <summary>The connection leaves this machine and is not encrypted and verified.</summary>
    public const string StoreTlsRequired = nameof(StoreTlsRequired);

    /// <summary>The mailbox's hash was changed by someone else between reading and writing.</summary>
    public const string WriteConflict = nameof(WriteConflict);

    /// <summary>Someone else changed the mailbox while the run was under way: the run replaced that change, or left the mailbox as it was set.</summary>
    public const string Superseded = nameof(Superseded);

    /// <summary>The store refused this one row.</summary>
    public const string WriteFailed = nameof(WriteFailed);

    /// <summary>The connection was lost at the commit and the store cannot be asked: either the new or the old password works.</summary>
    public const string WriteUnknown = nameof(WriteUnknown);

    /// <summary>A session system could not be reached, so its sessions may still be open.</summary>
    public const string SessionAuthorityUnreachable = nameof(SessionAuthorityUnreachable);

    /// <summary>A session system did what it could, but the mailbox is or may still be logged in.</summary>
    public const string SessionNotPurged = nameof(SessionNotPurged);

    /// <summary>There is no such profile.</summary>
    public const string ProfileNotFound = nameof(ProfileNotFound);

    /// <summary>A profile has faults; the message names each with its place.</summary>
    public const string ProfileInvalid = nameof(ProfileInvalid);

    /// <summary>Others can write a profile, or read a file with a secret that it names.</summary>
    public const string ProfileUnsafe = nameof(ProfileUnsafe);

    /// <summary>A secret is not where the profile says; the message names the place.</summary>
    public const string SecretUnavailable = nameof(SecretUnavailable);

    /// <summary>A journal cannot be read.</summary>
    public const string JournalUnreadable = nameof(JournalUnreadable);

    /// <summary>A journal cannot be written, so nothing may be changed.</summary>
    public const string JournalUnwritable = nameof(JournalUnwritable);

    /// <summary>Another run is under way that may touch the same mailboxes.</summary>
    public const string RunUnderWay = nameof(RunUnderWay);

    /// <summary>A run of the same mailboxes was interrupted and not resumed.</summary>
    public const string RunInterrupted = nameof(RunInterrupted);

    /// <summary>There is no such run.</summary>
    public const string RunNotFound = nameof(RunNotFound);

    /// <summary>The first mailboxes of a run could not log in with their new passwords; they have their old ones again.</summary>
    public const string CanaryFailed = nameof(CanaryFailed);

    /// <summary>More mailboxes failed than the run was allowed.</summary>
    public const string TooManyFailures = nameof(TooManyFailures);

    /// <summary>The input (file, column, line) cannot be read.</summary>
    public const string InputInvalid = nameof(InputInvalid);

    /// <summary>There is no clipboard, or it did not accept the password.</summary>
    public const string ClipboardUnavailable = nameof(ClipboardUnavailable);

    /// <summary>The output cannot be written.</summary>
    public const string OutputUnwritable = nameof(OutputUnwritable);

    /// <summary>The run was stopped before this mailbox's turn came; it was not changed.</summary>
    public const string Stopped = nameof(Stopped);

    /// <summary>An unexpected fault; the message says what happened.</summary>
    public const string Unexpected = nameof(Unexpected);
}
