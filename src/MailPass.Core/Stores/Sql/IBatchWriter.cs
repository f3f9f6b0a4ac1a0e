namespace MailPass.Stores.Sql;

/// <summary>Writes batches into one database with one schema. The statements are built once, with the writer.</summary>
internal interface IBatchWriter : IAsyncDisposable
{
    /// <summary>Writes a batch in one transaction or a few.</summary>
    /// <param name="batch">The changes.</param>
    /// <param name="outcomes">
    /// Receives each change's outcome, in their order, as soon as it is certain. If this throws, a change without an outcome was not
    /// written.
    /// </param>
    /// <param name="cancellationToken">Stops before a transaction has begun.</param>
    ValueTask WriteAsync(IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes, CancellationToken cancellationToken);

    /// <summary>Finds the rights that a change needs and the login lacks; changes nothing.</summary>
    /// <param name="write">A change, as an example; it is not written.</param>
    /// <param name="cancellationToken">Stops between two statements.</param>
    Task<IReadOnlyList<MailPassException>> MissingRightsAsync(HashWrite write, CancellationToken cancellationToken);
}
