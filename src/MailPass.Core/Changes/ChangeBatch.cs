namespace MailPass.Changes;

/// <summary>Changes that travel together: one transaction of the store at the end.</summary>
internal sealed class ChangeBatch(IReadOnlyList<Change> changes)
{
    public IReadOnlyList<Change> Changes { get; } = changes;

    /// <summary>Whether a new wave begins with it.</summary>
    public bool BeginsWave { get; init; }

    /// <summary>Completed when every pending change has its hash or its verdict.</summary>
    public Task Hashed { get; set; } = Task.CompletedTask;

    /// <summary>Completed when no mail server goes by the hashes from before this batch was written any more.</summary>
    public Task InForce { get; set; } = Task.CompletedTask;

    public IEnumerable<Change> Pending => Changes.Where(change => change.IsPending);
}
