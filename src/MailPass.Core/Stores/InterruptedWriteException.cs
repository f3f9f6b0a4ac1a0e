namespace MailPass.Stores;

/// <summary>The store was lost in the middle of a batch, of which some was written or may have been. It has the certain outcomes.</summary>
public sealed class InterruptedWriteException : MailPassException
{
    /// <summary>Makes the fault.</summary>
    /// <param name="fault">What ended the writing.</param>
    /// <param name="outcomes">One for each change of the batch, in their order; <see langword="null"/> if nothing was written and the mailbox is as it was.</param>
    public InterruptedWriteException(MailPassException fault, IReadOnlyList<WriteOutcome?> outcomes)
        : base((fault ?? throw new ArgumentNullException(nameof(fault))).ErrorId, fault.Message, fault.Remedy, fault)
    {
        Outcomes = outcomes;
    }

    /// <summary>One for each change of the batch, in their order; <see langword="null"/> if nothing was written and the mailbox is as it was.</summary>
    public IReadOnlyList<WriteOutcome?> Outcomes { get; }
}
