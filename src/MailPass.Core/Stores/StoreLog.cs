using Microsoft.Extensions.Logging;

namespace MailPass.Stores;

/// <summary>The stores' events, numbered from 3000. None carries a hash.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(3000, LogLevel.Information, "Opened {Kind} store {Location}, schema {Schema}.")]
    public static partial void Opened(ILogger logger, string kind, string location, string schema);

    [LoggerMessage(3001, LogLevel.Warning, "{Note}")]
    public static partial void Note(ILogger logger, string note);

    [LoggerMessage(3002, LogLevel.Warning, "Writing to {Location} is retried (attempt {Attempt}): {Reason}")]
    public static partial void Retry(ILogger logger, string location, int attempt, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "The connection to {Location} broke at COMMIT; MailPass reads back whether the batch was written.")]
    public static partial void CommitUnknown(ILogger logger, string location);

    [LoggerMessage(3004, LogLevel.Warning, "In {Location} the hashes of {Count} mailboxes were replaced, and what the mail system keeps beside them could not be written: {Reason}")]
    public static partial void BesideMissing(ILogger logger, string location, int count, string reason);
}
