namespace MailPass.Changes;

/// <summary>Changes that pass the stages together and are written in one transaction of the store.</summary>
internal sealed class ChangeBatch(IReadOnlyList<Change> changes)
{
    public IReadOnlyList<Change> Changes { get; } = changes;

    /// <summary>Whether a new wave begins with it.</summary>
    public bool BeginsWave { get; init; }

    /// <summary>Completed when every pending change has its hash or is decided.</summary>
    public Task Hashed { get; set; } = Task.CompletedTask;

    /// <summary>Completed when no mail server uses the hashes from before this batch any more.</summary>
    public Task InForce { get; set; } = Task.CompletedTask;

    public IEnumerable<Change> Pending => Changes.Where(change => change.IsPending);
}
