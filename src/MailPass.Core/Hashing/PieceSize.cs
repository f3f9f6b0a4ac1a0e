namespace MailPass.Hashing;

/// <summary>
/// How many hashes one core takes on at a time: as many as keep the queue's cost small and the answer to a stop quick.
/// Learned from how long they take, since that is a thousandth of a second for one scheme and a second for another.
/// </summary>
internal sealed class PieceSize
{
    // What the slowest schemes interleave: four bcrypts of cost 12 take a second, and a stop has to wait for them. The
    // fast ones outgrow it within the first batch.
    private const int Smallest = 4;
    private const int Largest = 256;
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _long = TimeSpan.FromMilliseconds(100);

    private volatile int _current = Smallest;

    public int Current => _current;

    /// <summary>Learns how long a piece took. Any thread may tell.</summary>
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
