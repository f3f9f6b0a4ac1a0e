using Microsoft.Extensions.Logging;

namespace MailPass.Changes;

/// <summary>The run's log events, ids 100 to 199. None carries a secret; addresses appear at Debug only.</summary>
internal static partial class RunEvents
{
    [LoggerMessage(100, LogLevel.Information, "Run started on {Kind} with schema {Schema} (dry run: {WhatIf}).")]
    public static partial void Started(ILogger logger, string kind, string schema, bool whatIf);

    [LoggerMessage(101, LogLevel.Debug, "Batch written: {Changed} of {Total} changed.")]
    public static partial void BatchWritten(ILogger logger, int changed, int total);

    [LoggerMessage(102, LogLevel.Information, "Run ended early by {ErrorId}: {Reason}")]
    public static partial void Ended(ILogger logger, string errorId, string reason);

    [LoggerMessage(103, LogLevel.Warning, "Results could not be delivered: {TakenBack} changes taken back, {Left} could not be.")]
    public static partial void TakenBack(ILogger logger, int takenBack, int left);
}
