using MailPass.Hashing.Primitives;

namespace MailPass.Hashing;

/// <summary>
/// Memory for schemes that need much of it. It is kept from one hash to the next, because allocating 64 MiB takes a tenth of the
/// hash's own time, and it stays within a limit.
/// </summary>
internal sealed class HashingResources(long maxMemory, bool keep) : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly object _gate = new();
    private readonly List<LargeBuffer> _idle = [];
    private long _inUse;
    private bool _isDisposed;

    /// <summary>For verifying outside of a batch hasher: nothing is kept.</summary>
    public static HashingResources Shared { get; } = new(DefaultMaxMemory, keep: false);

    /// <summary>A quarter of the memory that this process may use.</summary>
    public static long DefaultMaxMemory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>How many buffers are kept for further hashes.</summary>
    public int Kept
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Rents one to <paramref name="wanted"/> buffers, as many as the limit allows; waits while it allows none.</summary>
    /// <exception cref="OperationCanceledException">The memory is no longer wanted.</exception>
    /// <remarks>A single buffer above the limit is given out when no other is in use; otherwise the hash could not be computed at all.</remarks>
    public LargeBuffer[] Rent(long bytes, int wanted, CancellationToken stop = default)
    {
        int count;
        lock (_gate)
        {
            while (_inUse != 0 && _inUse + bytes > maxMemory)
            {
                stop.ThrowIfCancellationRequested();
                Monitor.Wait(_gate, s_look);
            }

            count = (int)Math.Clamp((maxMemory - _inUse) / bytes, 1, wanted);
            _inUse += count * bytes;
        }

        var buffers = new LargeBuffer[count];
        try
        {
            for (var i = 0; i < count; i++)
            {
                buffers[i] = TakeIdle(bytes) ?? new LargeBuffer(bytes);
            }
        }
        catch
        {
            Return(buffers, count * bytes, isWanted: false);
            throw;
        }

        return buffers;
    }

    /// <summary>Overwrites and returns the buffers.</summary>
    /// <param name="buffers">The buffers.</param>
    /// <param name="isWanted">Whether more hashes follow; otherwise the buffers are freed at once, because somebody waits for the run to stop.</param>
    public void Return(LargeBuffer[] buffers, bool isWanted = true) => Return(buffers, buffers.Sum(buffer => buffer.Length), isWanted);

    /// <summary>Frees all buffers.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _idle.ForEach(buffer => buffer.Dispose());
            _idle.Clear();
        }
    }

    private void Return(LargeBuffer?[] buffers, long bytes, bool isWanted)
    {
        isWanted &= keep;
        foreach (var buffer in buffers)
        {
            if (isWanted)
            {
                buffer?.Clear();
            }
            else
            {
                buffer?.Discard();
            }
        }

        lock (_gate)
        {
            foreach (var buffer in buffers)
            {
                if (isWanted && !_isDisposed && buffer is not null)
                {
                    _idle.Add(buffer);
                }
                else
                {
                    buffer?.Dispose();
                }
            }

            _inUse -= bytes;
            Monitor.PulseAll(_gate);
        }
    }

    // Frees idle buffers of another size, which are of no use now.
    private LargeBuffer? TakeIdle(long bytes)
    {
        lock (_gate)
        {
            var match = _idle.FindIndex(buffer => buffer.Length == bytes);
            if (match < 0)
            {
                _idle.ForEach(buffer => buffer.Dispose());
                _idle.Clear();
                return null;
            }

            var found = _idle[match];
            _idle.RemoveAt(match);
            return found;
        }
    }
}
