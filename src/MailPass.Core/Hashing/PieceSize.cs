namespace MailPass.Hashing;

/// <summary>
/// Sets how many hashes one core takes at a time: enough to keep the cost of the queue small, and few enough to stop quickly. It is
/// adjusted to the measured time, because a hash takes a thousandth of a second in one scheme and a second in another.
/// </summary>
internal sealed class PieceSize
{
    // The number that the slowest schemes interleave: four bcrypts of cost 12 take a second, for which a stop must wait. With fast
    // schemes the number grows within the first batch.
    private const int Smallest = 4;
    private const int Largest = 256;
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _long = TimeSpan.FromMilliseconds(100);

    private volatile int _current = Smallest;

    public int Current => _current;

    /// <summary>Adjusts to the time of a piece. Thread-safe.</summary>
    public void Learn(int count, TimeSpan elapsed)
    {
        var size = _current;
        if (elapsed < _short && count >= size)
        {
            _current = Math.Min(Largest, size * 2);
        }
        else if (elapsed > _long)
        {
            _current = Math.Max(Smallest, size / 2);
        }
    }
}
