namespace MailPass.Stores.Sql;

/// <summary>Writes batches into one database under one schema: the statements are made once, with the writer.</summary>
internal interface IBatchWriter : IAsyncDisposable
{
    /// <summary>Writes a batch in one transaction or a few.</summary>
    /// <param name="batch">The changes.</param>
    /// <param name="outcomes">
    /// Receives each change's outcome, in their order, as soon as it is certain. What still is <see langword="null"/> where
    /// this throws was not written.
    /// </param>
    /// <param name="cancellationToken">Stops before a transaction has begun.</param>
    ValueTask WriteAsync(IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes, CancellationToken cancellationToken);

    /// <summary>What the login may not do of all that a change needs; changes nothing.</summary>
    /// <param name="write">A change, of which no more is used than its shape.</param>
    /// <param name="cancellationToken">Stops between two statements.</param>
    Task<IReadOnlyList<MailPassException>> MissingRightsAsync(HashWrite write, CancellationToken cancellationToken);
}
