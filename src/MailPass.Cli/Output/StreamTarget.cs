namespace MailPass.Cli.Output;

/// <summary>Standard output if the caller provides its own stream instead of the process's.</summary>
internal sealed class StreamTarget(Stream stream) : OutputTarget
{
    public override string Name => "standard output";

    public override int Deliver(ReadOnlySpan<byte> bytes, IReadOnlyList<int> rowEnds, out IOException? fault)
    {
        try
        {
            stream.Write(bytes);
            stream.Flush();
            fault = null;
            return rowEnds.Count;
        }
        catch (IOException problem)
        {
            fault = problem;
            return 0;
        }
    }
}
