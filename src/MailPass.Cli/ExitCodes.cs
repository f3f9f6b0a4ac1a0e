namespace MailPass.Cli;

/// <summary>The process's exit codes.</summary>
internal static class ExitCodes
{
    /// <summary>All done.</summary>
    public const int Done = 0;

    /// <summary>Some mailboxes failed, or not all changes could be reported; standard error names each.</summary>
    public const int SomeFailed = 1;

    /// <summary>The call or its input was wrong; nothing was changed.</summary>
    public const int Refused = 2;

    /// <summary>The store or a session system is unreachable, or not to be reached safely.</summary>
    public const int Unreachable = 3;

    /// <summary>Stopped by Ctrl+C or a signal; what was committed was reported.</summary>
    public const int Stopped = 130;

    /// <summary>The code for a fault that ended a call.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="changedSomething">Whether mailboxes had been changed already.</param>
    public static int For(MailPassException fault, bool changedSomething = false) => fault.ErrorId switch
    {
        // Either the server's fault (no TLS, a certificate that is not trusted) or the call's: it did not request encryption.
        ErrorIds.StoreTlsRequired when fault.InnerException is not null => Unreachable,
        ErrorIds.StoreUnreachable or ErrorIds.StoreReadOnly or ErrorIds.SessionAuthorityUnreachable or ErrorIds.SessionNotPurged => Unreachable,
        _ when changedSomething => SomeFailed,
        ErrorIds.Unexpected or ErrorIds.CanaryFailed or ErrorIds.TooManyFailures => SomeFailed,
        _ => Refused,
    };
}
