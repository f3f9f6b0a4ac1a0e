using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>A system's own copy of a password that was replaced: everything needed to put the old one back.</summary>
/// <param name="Row">The row's key.</param>
/// <param name="Column">The column.</param>
/// <param name="Before">The old value, encrypted as the system does it.</param>
/// <param name="After">The new value.</param>
internal sealed record ReplacedCopy(object Row, string Column, string Before, string After)
{
    /// <summary>The old value as a journal may keep it: encrypted, even if it was not; <see langword="null"/> if that is impossible.</summary>
    public string? Recordable { get; init; }

    /// <summary>The column alone.</summary>
    public override string ToString() => Column;
}

/// <summary>Records the copies that a system is about to replace.</summary>
/// <param name="system">The system's name.</param>
/// <param name="copies">The copies of each mailbox's password.</param>
internal delegate ValueTask CopyRecorder(string system, IReadOnlyList<(MailboxAddress Mailbox, IReadOnlyList<ReplacedCopy> Copies)> copies);
