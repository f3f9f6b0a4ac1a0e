namespace MailPass.Changes;

/// <summary>
/// Sets the number of changes in the next batch. It starts small, so that the first result comes at once and little is under way
/// if someone stops after it. It grows while batches stay fast, because a database writes large batches more efficiently. It is
/// halved if hashing is so slow that a batch would delay cancellation and progress.
/// </summary>
internal sealed class BatchSizer(int largest)
{
    private const int First = 32;

    // The time of a small batch says little about a large one, so the size grows in steps. Doubling would need seven steps to reach 2,500.
    private const double LargestStep = 8;

    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _tooLong = TimeSpan.FromSeconds(1);

    private volatile int _current = Math.Min(First, largest);

    public int Current => _current;

    /// <summary>Learns how long the store had to wait for a batch and then to write it.</summary>
    public void Learn(int count, TimeSpan elapsed)
    {
        var current = _current;
        if (elapsed > _tooLong)
        {
            _current = Math.Max(Math.Min(First, largest), current / 2);
        }
        else if (elapsed < _moment && count >= current)
        {
            var step = Math.Clamp(_moment / elapsed / 2, 2, LargestStep);
            _current = (int)Math.Min(largest, current * step);
        }
    }
}
