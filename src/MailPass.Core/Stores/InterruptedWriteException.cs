namespace MailPass.Stores;

/// <summary>A batch that the store could not carry through, although some of it was written or may have been: what is certain about each change.</summary>
public sealed class InterruptedWriteException : MailPassException
{
    /// <summary>Makes the fault.</summary>
    /// <param name="fault">What ended the writing.</param>
    /// <param name="outcomes">One for each change of the batch, in their order; <see langword="null"/> where nothing was written, so that the mailbox is as it was.</param>
    public InterruptedWriteException(MailPassException fault, IReadOnlyList<WriteOutcome?> outcomes)
        : base((fault ?? throw new ArgumentNullException(nameof(fault))).ErrorId, fault.Message, fault.Remedy, fault)
    {
        Outcomes = outcomes;
    }

    /// <summary>One for each change of the batch, in their order; <see langword="null"/> where nothing was written, so that the mailbox is as it was.</summary>
    public IReadOnlyList<WriteOutcome?> Outcomes { get; }
}
