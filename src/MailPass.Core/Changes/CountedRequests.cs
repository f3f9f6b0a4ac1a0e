namespace MailPass.Changes;

/// <summary>Requests whose number is known, at least roughly, while they are read.</summary>
/// <param name="requests">The requests.</param>
/// <param name="total">How many there are; <see langword="null"/> while that is not known. Called from any thread.</param>
public sealed class CountedRequests(IAsyncEnumerable<ChangeRequest> requests, Func<long?> total) : IAsyncEnumerable<ChangeRequest>
{
    /// <summary>How many there are; <see langword="null"/> while that is not known.</summary>
    public long? Total => total();

    /// <inheritdoc/>
    public IAsyncEnumerator<ChangeRequest> GetAsyncEnumerator(CancellationToken cancellationToken = default) => requests.GetAsyncEnumerator(cancellationToken);
}
