using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Changes;

/// <summary>One bulk job: check → hash → journal → write → revoke → result. Used once.</summary>
/// <param name="store">Where the mailboxes live; it stays the caller's.</param>
/// <param name="options">How to go about it.</param>
/// <param name="logger">Receives events, never secrets.</param>
public sealed class ChangeRun(IMailboxStore store, ChangeRunOptions options, ILogger? logger = null) : IAsyncDisposable
{
    /// <summary>Carries the run out.</summary>
    /// <param name="requests">The changes asked for.</param>
    /// <param name="cancellationToken">
    /// Stops intake at once and lets the batch in flight finish. What was committed still comes out as a result; what was
    /// read but not begun comes out as <see cref="ChangeStatus.Skipped"/> with <see cref="ErrorIds.Stopped"/>; then the
    /// sequence ends without a throw.
    /// </param>
    /// <returns>One result for each request, in the requests' order. The receiver owns each result's password.</returns>
    /// <exception cref="MailPassException">The store, the journal or the input is gone; thrown after the results of what was done so far.</exception>
    public IAsyncEnumerable<ChangeResult> ExecuteAsync(IAsyncEnumerable<ChangeRequest> requests, CancellationToken cancellationToken = default)
    {
        _ = (store, options, logger, requests, cancellationToken);
        throw new NotSupportedException();
    }

    /// <summary>
    /// Puts back the old hashes of changes whose results never reached anyone (a closed pipe, a full disk, a stopped
    /// pipeline), provided that the mailbox still has the hash that this run wrote: nobody has the new password, so
    /// the old one must go on working.
    /// </summary>
    /// <param name="undelivered">Results of this run that came out of <see cref="ExecuteAsync"/> but could not be handed on.</param>
    /// <returns>Those that could not be put back, with the reason.</returns>
    public ValueTask<IReadOnlyList<ChangeResult>> TakeBackAsync(IReadOnlyList<ChangeResult> undelivered) => throw new NotSupportedException();

    /// <summary>Ends the run; results not yet read are taken back as in <see cref="TakeBackAsync"/>.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
