namespace MailPass.Changes;

/// <summary>Faults that end a whole run.</summary>
public static class RunFaults
{
    /// <summary>
    /// Whether a row failed of what ended its run. Every row that was under way then has the same cause, and the run
    /// itself throws it at the end: a head need not tell it once for each.
    /// </summary>
    /// <param name="result">The row.</param>
    public static bool IsCauseOf(ChangeResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result is { Status: ChangeStatus.Failed } and ({ EndedRun: true } or { ErrorId: ErrorIds.StoreUnreachable or ErrorIds.JournalUnwritable });
    }
}
