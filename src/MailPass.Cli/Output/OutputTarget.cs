namespace MailPass.Cli.Output;

/// <summary>
/// Where rows go. What has been delivered is out of the process and, where the target can promise that, durable; a
/// row is delivered whole or not at all.
/// </summary>
internal abstract class OutputTarget : IDisposable
{
    /// <summary>The target's name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Delivers some rows.</summary>
    /// <param name="bytes">The rows.</param>
    /// <param name="rowEnds">Where in <paramref name="bytes"/> each row ends.</param>
    /// <param name="fault">Why not all rows were delivered; <see langword="null"/> where they were.</param>
    /// <returns>How many rows were delivered, counted from the first.</returns>
    public abstract int Deliver(ReadOnlySpan<byte> bytes, IReadOnlyList<int> rowEnds, out IOException? fault);

    /// <summary>Removes the target if it was created for rows that did not come.</summary>
    public virtual void Remove()
    {
    }

    public virtual void Dispose()
    {
    }

    protected static IOException AsIOException(Exception fault) => fault as IOException ?? new IOException(fault.Message, fault);
}
