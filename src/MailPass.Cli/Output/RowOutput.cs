namespace MailPass.Cli.Output;

/// <summary>
/// Writes rows to a target, and knows which of them have not arrived. The header counts as delivered with the first
/// row. After a fault nothing more is tried.
/// </summary>
/// <param name="format">The format.</param>
/// <param name="target">The target; taken over.</param>
/// <param name="release">Releases a row once it is delivered.</param>
internal sealed class RowOutput<T>(RowFormat<T> format, OutputTarget target, Action<T>? release = null) : IDisposable
{
    private readonly RowBuffer _buffer = new();
    private readonly List<int> _rowEnds = [];
    private readonly Queue<T> _pending = new();
    private bool _begun;

    // Of the pending rows, how many have their end in the buffer; a format may hold the others back.
    private int _laidOut;

    /// <summary>The rows that have not been delivered, oldest first.</summary>
    public IReadOnlyCollection<T> Pending => _pending;

    public long Delivered { get; private set; }

    /// <summary>Why delivery has ended early.</summary>
    public IOException? Fault { get; private set; }

    public string TargetName => target.Name;

    public void Add(T row)
    {
        _pending.Enqueue(row);
        if (Fault is not null)
        {
            return;
        }

        try
        {
            Begin();
            var before = _buffer.Length;
            format.Write(_buffer, row);
            _rowEnds.Add(_buffer.Length);
            if (_buffer.Length > before)
            {
                EndRows();
            }
        }
        catch (Exception problem)
        {
            Fail(problem);
        }
    }

    /// <summary>Delivers what is pending.</summary>
    /// <returns>Whether all of it arrived.</returns>
    public bool Deliver()
    {
        try
        {
            DeliverPending();
        }
        catch (Exception problem)
        {
            Fail(problem);
        }

        return Fault is null;
    }

    /// <summary>Delivers what is pending and what comes after the rows; an output without rows still gets its header.</summary>
    /// <returns>Whether all of it arrived.</returns>
    public bool Complete()
    {
        if (!Deliver())
        {
            return false;
        }

        Begin();
        format.End(_buffer);
        if (_buffer.Length > 0)
        {
            target.Deliver(_buffer.Written, [_buffer.Length], out var fault);
            Fault = fault;
            _buffer.Clear();
        }

        return Fault is null;
    }

    /// <summary>Leaves no trace of an output that got no row.</summary>
    public void Remove() => target.Remove();

    /// <summary>The exit code of a command that only lists, after a message about a fault. A reader that closes the pipe early is not a fault.</summary>
    public int Conclude(CliConsole console)
    {
        if (Fault is null or ClosedPipeException)
        {
            return ExitCodes.Done;
        }

        console.Say($"{TargetName} cannot be written: {Fault.Message} ({ErrorIds.OutputUnwritable})");
        return ExitCodes.SomeFailed;
    }

    public void Dispose()
    {
        format.Dispose();
        _buffer.Dispose();
        target.Dispose();
    }

    // Whatever it was: the pending rows are not known to have arrived.
    private void Fail(Exception problem) => Fault ??= problem as IOException ?? new IOException(problem.Message, problem);

    private void DeliverPending()
    {
        if (Fault is not null)
        {
            return;
        }

        format.Flush(_buffer);
        if (_rowEnds.Count == 0)
        {
            return;
        }

        EndRows();
        var arrived = target.Deliver(_buffer.Written, _rowEnds, out var fault);
        Fault = fault;
        Delivered += arrived;
        for (var i = 0; i < arrived; i++)
        {
            var row = _pending.Dequeue();
            release?.Invoke(row);
        }

        _buffer.Clear();
        _rowEnds.Clear();
        _laidOut = 0;
    }

    // Rows that were held back have arrived with the last byte of what they came out in, and not before.
    private void EndRows()
    {
        for (; _laidOut < _rowEnds.Count; _laidOut++)
        {
            _rowEnds[_laidOut] = _buffer.Length;
        }
    }

    private void Begin()
    {
        if (!_begun)
        {
            format.Begin(_buffer);
            _begun = true;
        }
    }
}
