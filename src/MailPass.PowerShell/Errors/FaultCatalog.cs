using System.Collections.Frozen;
using System.Management.Automation;

namespace MailPass.PowerShell.Errors;

/// <summary>For each error id, PowerShell's category and, where the fault itself brings none, the remedy.</summary>
internal static class FaultCatalog
{
    private static readonly FrozenDictionary<string, FaultCatalogEntry> _entries = new Dictionary<string, FaultCatalogEntry>(StringComparer.Ordinal)
    {
        [ErrorIds.AddressInvalid] = new(ErrorCategory.InvalidArgument, "Write it as local-part@domain."),
        [ErrorIds.AddressDuplicate] = new(ErrorCategory.InvalidData, "Keep one row for each mailbox; only the first one counts."),
        [ErrorIds.MailboxNotFound] = new(ErrorCategory.ObjectNotFound, "Check the spelling; Get-MailboxAccount lists what the store has."),
        [ErrorIds.MailboxDisabled] = new(ErrorCategory.InvalidOperation, "Switch the mailbox (or its domain) on in the mail system first."),
        [ErrorIds.MailboxExternal] = new(ErrorCategory.InvalidOperation, "Change the password where the mailbox signs in."),
        [ErrorIds.OutOfScope] = new(ErrorCategory.PermissionDenied, "Use a profile whose scope includes it, or ask the admin of the profile."),
        [ErrorIds.PolicyViolation] = new(ErrorCategory.InvalidData, "Choose another password; Test-MailboxPassword lists every rule that it breaks."),
        [ErrorIds.PolicyUnsatisfiable] = new(ErrorCategory.InvalidArgument, "Relax the policy or ask for a longer password."),
        [ErrorIds.ProfileNotFound] = new(ErrorCategory.ObjectNotFound, "Press Tab after Connect-MailStore to see the profiles, or give a path with a slash in it."),
        [ErrorIds.ProfileInvalid] = new(ErrorCategory.InvalidData, "Correct each fault; Test-MailStoreProfile lists them one by one."),
        [ErrorIds.ProfileUnsafe] = new(ErrorCategory.SecurityError, "Take others' rights to the file away."),
        [ErrorIds.SecretUnavailable] = new(ErrorCategory.ObjectNotFound, "Put the secret where the profile says, or name another place."),
        [ErrorIds.PolicyInvalid] = new(ErrorCategory.InvalidData, "Fix what the message names; see docs/policy.md."),
        [ErrorIds.PasswordMissing] = new(ErrorCategory.InvalidArgument, "Give -Password, or a Password column together with -AsPlainText, or let Reset-MailboxPassword generate one."),
        [ErrorIds.PasswordInvalid] = new(ErrorCategory.InvalidData, "Choose another password, or correct the input as the message says."),
        [ErrorIds.CurrentPasswordWrong] = new(ErrorCategory.AuthenticationError, "Try again, or leave -CurrentPassword out for an admin's change."),
        [ErrorIds.PasswordTooLongForScheme] = new(ErrorCategory.LimitsExceeded, "Choose a shorter password or another -Scheme."),
        [ErrorIds.HashTooLongForColumn] = new(ErrorCategory.LimitsExceeded, "Widen the column or choose a -Scheme with a shorter hash."),
        [ErrorIds.SchemeUnknown] = new(ErrorCategory.InvalidArgument, "Press Tab after -Scheme to see the schemes."),
        [ErrorIds.SchemeCostInvalid] = new(ErrorCategory.InvalidArgument, "Leave -Cost out, or choose one in the range that the message names."),
        [ErrorIds.SchemeChoiceNeeded] = new(ErrorCategory.InvalidOperation, "Name the scheme with -Scheme; Tab lists them."),
        [ErrorIds.HashTooCostly] = new(ErrorCategory.LimitsExceeded, "Set a new password; its hash gets a sane cost."),
        [ErrorIds.HashUnreadable] = new(ErrorCategory.InvalidData, "Give -Scheme to replace the hash in a scheme of your choice."),
        [ErrorIds.SchemaNotDetected] = new(ErrorCategory.InvalidArgument, "Name it with -Schema; Tab lists the schemas."),
        [ErrorIds.SchemaInvalid] = new(ErrorCategory.InvalidData, "Fix the field that the message names."),
        [ErrorIds.StoreUnreachable] = new(ErrorCategory.ConnectionError, "Check that the store is there and that this account may open it, then connect again; a slow one is given more time by the profile's connectTimeout and commandTimeout."),
        [ErrorIds.StoreReadOnly] = new(ErrorCategory.PermissionDenied, "Connect with a login that may write, or make the file writable."),
        [ErrorIds.ClipboardUnavailable] = new(ErrorCategory.ResourceUnavailable, "Leave -Clipboard out and keep the row, or install a clipboard program (wl-clipboard, xclip, xsel)."),
        [ErrorIds.StoreInvalid] = new(ErrorCategory.InvalidArgument, null),
        [ErrorIds.StoreExists] = new(ErrorCategory.ResourceExists, "Choose another path, or move the file away."),
        [ErrorIds.StoreTlsRequired] = new(ErrorCategory.SecurityError, "Set up TLS on the server, name your own authority with -CaFile, or use -AllowPlaintext if the network is trusted."),
        [ErrorIds.WriteConflict] = new(ErrorCategory.WriteError, "Somebody changed this mailbox at the same moment; run it again if it is still wanted."),
        [ErrorIds.Superseded] = new(ErrorCategory.WriteError, "Somebody else changed it while the run was under way; the message says whose password is in the store. Tell the owner."),
        [ErrorIds.WriteFailed] = new(ErrorCategory.WriteError, null),
        [ErrorIds.WriteUnknown] = new(ErrorCategory.WriteError, "Keep both passwords until you have tried; the row has the new one."),
        [ErrorIds.SessionAuthorityUnreachable] = new(ErrorCategory.ConnectionError, "The password was changed. Pipe the row into Revoke-MailboxSession once the server answers."),
        [ErrorIds.SessionNotPurged] = new(ErrorCategory.InvalidOperation, "The password was changed. Do what the receipt's reason says, then pipe the row into Revoke-MailboxSession."),
        [ErrorIds.JournalUnreadable] = new(ErrorCategory.ReadError, null),
        [ErrorIds.JournalUnwritable] = new(ErrorCategory.WriteError, "Name a journal in a folder with room that this account may write."),
        [ErrorIds.RunUnderWay] = new(ErrorCategory.ResourceBusy, null),
        [ErrorIds.RunInterrupted] = new(ErrorCategory.ResourceExists, null),
        [ErrorIds.RunNotFound] = new(ErrorCategory.ObjectNotFound, null),
        [ErrorIds.CanaryFailed] = new(ErrorCategory.AuthenticationError, "The mailbox has its old password again. Find out why the login server does not accept the password in the store."),
        [ErrorIds.TooManyFailures] = new(ErrorCategory.LimitsExceeded, null),
        [ErrorIds.InputInvalid] = new(ErrorCategory.InvalidData, null),
        [ErrorIds.OutputUnwritable] = new(ErrorCategory.WriteError, null),
        [ErrorIds.Stopped] = new(ErrorCategory.OperationStopped, "Run it again for this mailbox."),
        [ErrorIds.Unexpected] = new(ErrorCategory.InvalidResult, null),
        [FaultIds.NotConnected] = new(ErrorCategory.ConnectionError, "Connect-MailStore first, or give -MailStore."),
        [FaultIds.PasswordIsPlainText] = new(ErrorCategory.SecurityError, "Use -AsPlainText to allow plain text from the input, or give a SecureString (Read-Host -AsSecureString)."),
        [FaultIds.PasswordsDiffer] = new(ErrorCategory.InvalidData, "Type the same password twice."),
        [FaultIds.PromptImpossible] = new(ErrorCategory.InvalidOperation, "Give what would be asked for: -Force for a confirmation, -Password for a password."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The entry of an id; that of unexpected faults if the id is unknown.</summary>
    public static FaultCatalogEntry Find(string errorId) => _entries.TryGetValue(errorId, out var entry) ? entry : _entries[ErrorIds.Unexpected];

    /// <summary>Every id that has an entry.</summary>
    public static IEnumerable<string> Ids => _entries.Keys;
}

/// <summary>What an id means to PowerShell.</summary>
/// <param name="Category">PowerShell's category.</param>
/// <param name="Remedy">What to do, as a sentence; <see langword="null"/> if only the fault itself can say it.</param>
internal sealed record FaultCatalogEntry(ErrorCategory Category, string? Remedy);
