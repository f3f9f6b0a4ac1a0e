using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.Sessions;

namespace MailPass.Journals;

/// <summary>A line of a journal; one of its members is set.</summary>
internal sealed record JournalLine
{
    /// <summary>Recorded changes, without their passwords.</summary>
    public IReadOnlyList<JournalEntry>? Entries { get; init; }

    /// <summary>The passwords of <see cref="Entries"/>, sealed together; <see langword="null"/> if the run did not generate them.</summary>
    public byte[]? SealedPasswords { get; init; }

    /// <summary>The password of the one change of a line of format 2, sealed alone.</summary>
    public byte[]? SealedPassword { get; init; }

    /// <summary>Mailboxes that every session system confirmed to be logged out.</summary>
    public List<MailboxAddress>? LoggedOut { get; init; }

    /// <summary>The note on copies of a mailbox's password that a session system was about to replace.</summary>
    public RecordedCopies? Copies { get; init; }

    /// <summary>The last line of a run that delivered every row.</summary>
    public RunSummary? End { get; init; }
}

/// <summary>Copies of a mailbox's password that a session system was about to replace.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="System">The system, by <see cref="ISessionAuthority.Name"/>.</param>
/// <param name="Rows">The copies, encrypted.</param>
/// <param name="Lost">How many further copies could not be encrypted and are not recorded.</param>
internal sealed record RecordedCopies(MailboxAddress Mailbox, string System, IReadOnlyList<ReplacedCopy> Rows, int Lost);
