using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Old hashes on their way back into the store. What is begun is carried through, and every row's outcome is told.</summary>
internal static class InverseWrites
{
    /// <summary>Writes them.</summary>
    /// <param name="store">The store.</param>
    /// <param name="writes">The old hashes, each in place of the new one.</param>
    /// <returns>One outcome for each; where the store was lost in the middle, what it did not come to is as what it refuses.</returns>
    /// <exception cref="MailPassException">The store cannot be reached; nothing was written.</exception>
    public static async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IMailboxStore store, IReadOnlyList<HashWrite> writes)
    {
        try
        {
            return await store.WriteAsync(writes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (InterruptedWriteException fault)
        {
            return [.. fault.Outcomes.Select(outcome => outcome ?? new WriteOutcome(WriteStatus.Failed, fault.ErrorId, fault.Message))];
        }
    }
}
