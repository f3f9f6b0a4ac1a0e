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

    /// <summary>The system did not answer, or answered with a fault; sessions may live on.</summary>
    Unreachable,

    /// <summary>The system did what it could, yet something still lets the mailbox in, or may: a cache that MailPass cannot reach, a client that keeps logging in with a password that is valid, sessions that cannot be told apart.</summary>
    NotPurged,

    /// <summary>The mailbox is outside the scope, so the system was not asked.</summary>
    OutOfScope,
}

/// <summary>One system's answer about one mailbox.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="System">The system, by <see cref="ISessionAuthority.Name"/>.</param>
/// <param name="Status">The answer.</param>
/// <param name="Count">How many sessions were ended, 0 or more.</param>
/// <param name="Reason">Why, where the answer needs explaining.</param>
public sealed record RevocationReceipt(MailboxAddress Mailbox, string System, ReceiptStatus Status, int Count = 0, string? Reason = null)
{
    /// <summary>The most characters of a reason; texts of several systems' parts are joined in one.</summary>
    private const int LongestReason = 2000;

    /// <summary>Why, where the answer needs explaining: one line without control characters, whatever a server said.</summary>
    public string? Reason { get; init => field = Clean(value); } = Clean(Reason);

    /// <summary>Whether the system confirms that nothing of the mailbox is logged in any more.</summary>
    public bool IsConfirmed => Status is ReceiptStatus.Revoked or ReceiptStatus.NoneFound;

    /// <summary>One of <see cref="ErrorIds"/> where it does not.</summary>
    public string? ErrorId => Status switch
    {
        ReceiptStatus.Unreachable => ErrorIds.SessionAuthorityUnreachable,
        ReceiptStatus.NotPurged => ErrorIds.SessionNotPurged,
        ReceiptStatus.OutOfScope => ErrorIds.OutOfScope,
        _ => null,
    };

    /// <summary>Copies of the password that were replaced along with it, for <see cref="ISessionAuthority.TakeBackAsync"/>.</summary>
    internal IReadOnlyList<ReplacedCopy> Replaced { get; init; } = [];

    /// <summary>The tables, without prefix, in which this mailbox has nothing left that lets it in: what a store names as open is closed then.</summary>
    internal IReadOnlyCollection<string> Closed { get; init; } = [];

    /// <summary>The receipt in a few words: <c>Dovecot mx1: Revoked 3</c>.</summary>
    public string Summary =>
        $"{System}: {Status}{(Status is ReceiptStatus.Revoked ? $" {Count}" : string.Empty)}{(Reason is null ? string.Empty : $" ({Reason})")}";

    private static string? Clean(string? text) => text is null ? null : ServerText.OneLine(text, LongestReason);
}
