using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>A system's own copy of a password that was replaced: what it takes to put the old one back.</summary>
/// <param name="Row">The row's key.</param>
/// <param name="Column">The column.</param>
/// <param name="Before">What stood there, encrypted as the system does it.</param>
/// <param name="After">What stands there now.</param>
internal sealed record ReplacedCopy(object Row, string Column, string Before, string After)
{
    /// <summary>What stood there as a journal may keep it: encrypted, whatever it was; <see langword="null"/> where that cannot be.</summary>
    public string? Recordable { get; init; }

    /// <summary>The column alone.</summary>
    public override string ToString() => Column;
}

/// <summary>Keeps what a system is about to replace, before it does.</summary>
/// <param name="system">The system's name.</param>
/// <param name="copies">The copies of each mailbox's password.</param>
internal delegate ValueTask CopyRecorder(string system, IReadOnlyList<(MailboxAddress Mailbox, IReadOnlyList<ReplacedCopy> Copies)> copies);
