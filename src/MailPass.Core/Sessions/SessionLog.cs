using Microsoft.Extensions.Logging;

namespace MailPass.Sessions;

/// <summary>The events of listing and ending sessions: ids 500 to 549.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(500, LogLevel.Information, "{System}: {Mailboxes} mailboxes asked for, {Sessions} sessions ended, {Open} receipts without confirmation")]
    public static partial void Revoked(ILogger logger, string system, int mailboxes, int sessions, int open);

    [LoggerMessage(501, LogLevel.Warning, "{System} is unreachable: {Reason}")]
    public static partial void Unreachable(ILogger logger, string system, string reason);

    [LoggerMessage(502, LogLevel.Warning, "{System}: a mailbox logged in again after its cache entries were flushed, so the whole authentication cache was emptied")]
    public static partial void WholeCacheFlushed(ILogger logger, string system);

    [LoggerMessage(503, LogLevel.Debug, "{System}: login of {Mailbox} by {Protocol} ended with {Outcome}")]
    public static partial void LoginTested(ILogger logger, string system, string mailbox, string protocol, string outcome);

    [LoggerMessage(504, LogLevel.Warning, "{System}: {Copies} stored passwords of undone changes could not be put back: {Reason}")]
    public static partial void CopiesNotPutBack(ILogger logger, string system, int copies, string reason);
}
