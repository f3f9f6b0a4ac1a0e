using Microsoft.Extensions.Logging;

namespace MailPass.Doors;

/// <summary>The doors' log events, ids 700 to 749. They contain addresses, which admins ask about, and no secrets.</summary>
internal static partial class DoorEvents
{
    [LoggerMessage(700, LogLevel.Information, "Listening on {Place}.")]
    public static partial void Listening(ILogger logger, string place);

    [LoggerMessage(701, LogLevel.Information, "The password of {Mailbox} was changed by its owner, from {Client}{Run}. {Sessions}")]
    public static partial void Changed(ILogger logger, string mailbox, string client, string run, string sessions);

    [LoggerMessage(702, LogLevel.Warning, "The password of {Mailbox} was changed by its owner, from {Client}{Run}, but: {Reason} {Sessions}")]
    public static partial void ChangedBut(ILogger logger, string mailbox, string client, string run, string reason, string sessions);

    [LoggerMessage(703, LogLevel.Information, "The password of {Mailbox} was not changed, from {Client}: {Reason} ({ErrorId})")]
    public static partial void NotChanged(ILogger logger, string mailbox, string client, string reason, string errorId);

    [LoggerMessage(704, LogLevel.Warning, "Wrong password for {Mailbox}, from {Client}; {Guesses} before it.")]
    public static partial void Wrong(ILogger logger, string mailbox, string client, int guesses);

    [LoggerMessage(705, LogLevel.Warning, "Too many wrong passwords, from {Client}: refused for {Seconds} s.")]
    public static partial void Refused(ILogger logger, string client, int seconds);

    [LoggerMessage(706, LogLevel.Error, "The password of {Mailbox} cannot be verified: {Reason} ({ErrorId})")]
    public static partial void Unverifiable(ILogger logger, string mailbox, string reason, string errorId);

    [LoggerMessage(707, LogLevel.Error, "{Client} could not be served: {Reason} ({ErrorId})")]
    public static partial void Fault(ILogger logger, string client, string reason, string errorId);

    [LoggerMessage(708, LogLevel.Warning, "{Count} connections are open; {Client} was sent away.")]
    public static partial void Busy(ILogger logger, int count, string client);

    [LoggerMessage(709, LogLevel.Information, "Asked once more to end the webmail sessions of {Mailbox}: {Sessions}")]
    public static partial void WebmailEnded(ILogger logger, string mailbox, string sessions);

    [LoggerMessage(710, LogLevel.Information, "Run {Run} was interrupted and is settled: {Sessions}")]
    public static partial void Settled(ILogger logger, string run, string sessions);

    [LoggerMessage(713, LogLevel.Warning, "Run {Run} was interrupted, and its mailbox may still be logged in: {Sessions} The next start tries again.")]
    public static partial void NotSettled(ILogger logger, string run, string sessions);

    [LoggerMessage(711, LogLevel.Debug, "{Client}: {Reason}")]
    public static partial void Gone(ILogger logger, string client, string reason);

    [LoggerMessage(712, LogLevel.Warning, "No session system is named, so changing a password does not log anyone out. Name them: --doveadm, --doveadm-local, --webmail, or in the profile.")]
    public static partial void NobodyIsLoggedOut(ILogger logger);
}
