namespace MailPass.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCodes
{
    /// <summary>All done.</summary>
    public const int Done = 0;

    /// <summary>Some mailboxes failed, or what was done could not all be reported; each is named on standard error.</summary>
    public const int SomeFailed = 1;

    /// <summary>The call or its input was wrong; nothing was changed.</summary>
    public const int Refused = 2;

    /// <summary>The store or a session system is unreachable.</summary>
    public const int Unreachable = 3;

    /// <summary>Stopped by Ctrl+C or a signal; what was committed was reported.</summary>
    public const int Stopped = 130;

    /// <summary>The code for a fault that ended a call.</summary>
    /// <param name="errorId">One of <see cref="ErrorIds"/>.</param>
    /// <param name="changedSomething">Whether mailboxes had been changed already.</param>
    public static int For(string errorId, bool changedSomething = false) => errorId switch
    {
        ErrorIds.StoreUnreachable or ErrorIds.StoreReadOnly or ErrorIds.DriverMissing or ErrorIds.SessionAuthorityUnreachable => Unreachable,
        _ when changedSomething => SomeFailed,
        ErrorIds.Unexpected => SomeFailed,
        _ => Refused,
    };
}
