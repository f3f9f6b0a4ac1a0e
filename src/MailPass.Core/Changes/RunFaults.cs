namespace MailPass.Changes;

/// <summary>Faults that end a whole run.</summary>
public static class RunFaults
{
    /// <summary>
    /// Whether a row failed with the fault that ended its run. All rows that were under way then have the same cause, and the run
    /// itself throws it at the end, so a head need not report it for each row.
    /// </summary>
    /// <param name="result">The row.</param>
    public static bool IsCauseOf(ChangeResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result is { Status: ChangeStatus.Failed } and ({ EndedRun: true } or { ErrorId: ErrorIds.StoreUnreachable or ErrorIds.JournalUnwritable });
    }
}
