namespace MailPass.Journals;

/// <summary>The state of a run.</summary>
public enum RunState
{
    /// <summary>It is under way on this machine.</summary>
    Running,

    /// <summary>It ended before the end of its input, or before every row was delivered.</summary>
    Interrupted,

    /// <summary>It processed all of its input, and every row was delivered.</summary>
    Finished,

    /// <summary>It was undone.</summary>
    Restored,
}

/// <summary>A run, as the index of runs describes it.</summary>
public sealed record MailboxRun
{
    /// <summary>The first line of its journal.</summary>
    public required JournalHeader Header { get; init; }

    /// <summary>Its state.</summary>
    public required RunState State { get; init; }

    /// <summary>When it ended; <see langword="null"/> if it has not, or was interrupted.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Mailboxes that have their new password. For an interrupted run: the mailboxes that were recorded, some of which may not have reached the store.</summary>
    public long Changed { get; init; }

    /// <summary>Mailboxes that had this password already.</summary>
    public long Unchanged { get; init; }

    /// <summary>Mailboxes that were not attempted.</summary>
    public long Skipped { get; init; }

    /// <summary>Mailboxes that were not changed, for a reason.</summary>
    public long Failed { get; init; }

    /// <summary>The run that undid it.</summary>
    public string? RestoredBy { get; init; }

    /// <summary>Its journal.</summary>
    public required string Journal { get; init; }

    /// <summary>The digest of the journal's last line when it ended; <see langword="null"/> if it did not.</summary>
    public string? LastDigest { get; init; }

    /// <summary>The run's id.</summary>
    public string Id => Header.Run;

    /// <summary>The run in one line for a message: what, since when, by whom.</summary>
    public string Describe() => FormattableString.Invariant(
        $"run {Id} ({Header.Command} of {Header.Scope} in {Header.Store}, begun {Header.Started:yyyy-MM-ddTHH:mm:ssK} by {Header.Operator} on {Header.Host}, process {Header.Process})");
}
