namespace MailPass.Changes;

/// <summary>
/// How many changes go into the next batch. Small at first, so that the first result comes at once and little is in
/// flight when someone stops after it; then as many as would take but a moment, since a large batch is what a database
/// likes; halved where hashing is so slow that a batch would hold up cancellation and progress.
/// </summary>
internal sealed class BatchSizer(int largest)
{
    private const int First = 32;

    // A small batch says little about a large one, so there are steps; twice as much would be seven of them to 2,500.
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
