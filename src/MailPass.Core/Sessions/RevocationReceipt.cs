using MailPass.Mailboxes;
using MailPass.Platform;

namespace MailPass.Sessions;

/// <summary>What a session system answered.</summary>
public enum ReceiptStatus
{
    /// <summary>Sessions were found and ended, and none is left.</summary>
    Revoked,

    /// <summary>There was no session.</summary>
    NoneFound,

    /// <summary>The system did not answer, or answered with a fault; sessions may still be open.</summary>
    Unreachable,

    /// <summary>The system did what it could, but the mailbox is or may still be logged in: a cache that MailPass cannot reach, a client that keeps logging in with a valid password, sessions that cannot be told apart.</summary>
    NotPurged,

    /// <summary>The mailbox is outside the scope, so the system was not asked.</summary>
    OutOfScope,
}

/// <summary>One system's answer about one mailbox.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="System">The system, by <see cref="ISessionAuthority.Name"/>.</param>
/// <param name="Status">The answer.</param>
/// <param name="Count">How many sessions were ended, 0 or more.</param>
/// <param name="Reason">Why, if the answer needs an explanation.</param>
public sealed record RevocationReceipt(MailboxAddress Mailbox, string System, ReceiptStatus Status, int Count = 0, string? Reason = null)
{
    /// <summary>The most characters of a reason; texts of several systems' parts are joined in one.</summary>
    private const int LongestReason = 2000;

    /// <summary>Why, if the answer needs an explanation: one line without control characters, whatever a server said.</summary>
    public string? Reason { get; init => field = Clean(value); } = Clean(Reason);

    /// <summary>Whether the system confirms that the mailbox is no longer logged in.</summary>
    public bool IsConfirmed => Status is ReceiptStatus.Revoked or ReceiptStatus.NoneFound;

    /// <summary>One of <see cref="ErrorIds"/> if it does not.</summary>
    public string? ErrorId => Status switch
    {
        ReceiptStatus.Unreachable => ErrorIds.SessionAuthorityUnreachable,
        ReceiptStatus.NotPurged => ErrorIds.SessionNotPurged,
        ReceiptStatus.OutOfScope => ErrorIds.OutOfScope,
        _ => null,
    };

    /// <summary>The copies of the password that the system replaced, for <see cref="ISessionAuthority.TakeBackAsync"/>.</summary>
    internal IReadOnlyList<ReplacedCopy> Replaced { get; init; } = [];

    /// <summary>The tables, without prefix, in which this mailbox has no credential or session left. A way in that the store reports for such a table is closed.</summary>
    internal IReadOnlyCollection<string> Closed { get; init; } = [];

    /// <summary>The receipt in a few words: <c>Dovecot mx1: Revoked 3</c>.</summary>
    public string Summary =>
        $"{System}: {Status}{(Status is ReceiptStatus.Revoked ? $" {Count}" : string.Empty)}{(Reason is null ? string.Empty : $" ({Reason})")}";

    private static string? Clean(string? text) => text is null ? null : ServerText.OneLine(text, LongestReason);
}
