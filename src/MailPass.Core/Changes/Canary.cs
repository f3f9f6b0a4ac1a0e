using MailPass.Sessions.Logins;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// Logs in the first mailboxes of a run with their new passwords before any other mailbox is written. If a server refuses one,
/// they all get their old passwords back.
/// </summary>
internal sealed class Canary(IMailboxStore store, ChangeRunOptions options)
{
    /// <summary>How many mailboxes are still to be tested.</summary>
    public int Left { get; private set; } = options.CanaryServers.Count == 0 ? 0 : options.CanaryCount;

    /// <summary>Tests mailboxes that were written.</summary>
    /// <param name="changed">The mailboxes; each has its new password.</param>
    /// <param name="cancellationToken">Stops before a login.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.CanaryFailed"/>; the mailboxes have their old passwords again, and their verdicts say so.</exception>
    public async ValueTask ProveAsync(IReadOnlyList<Change> changed, CancellationToken cancellationToken)
    {
        foreach (var change in changed)
        {
            var answer = await RefusalAsync(change, cancellationToken).ConfigureAwait(false);
            if (answer is null)
            {
                Left--;
                continue;
            }

            await PutBackAsync(changed, answer).ConfigureAwait(false);
            throw new MailPassException(ErrorIds.CanaryFailed, $"{answer.TrimEnd('.')}. No other mailbox was changed.", "Find out why the server does not accept the password in the store: it may use another database or a cache, or not support the scheme.");
        }
    }

    // The answer of the first server that does not accept the password; null if all accept it.
    private async ValueTask<string?> RefusalAsync(Change change, CancellationToken cancellationToken)
    {
        foreach (var server in options.CanaryServers)
        {
            var proof = await server.ProveAsync(change.Address!, change.Password!, cancellationToken).ConfigureAwait(false);
            if (proof.Verdict is not ProbeVerdict.Accepted)
            {
                return proof.Verdict is ProbeVerdict.Refused
                    ? $"{server.Server} refused the new password of {change.Address}: {proof.Answer}"
                    : $"{server.Server} could not prove the new password of {change.Address}: {proof.Answer}";
            }
        }

        return null;
    }

    private async ValueTask PutBackAsync(IReadOnlyList<Change> changed, string answer)
    {
        IReadOnlyList<WriteOutcome> outcomes;
        try
        {
            outcomes = await InverseWrites.WriteAsync(store, [.. changed.Select(change => InverseWrites.Of(change.Account!, change.NewHash!))]).ConfigureAwait(false);
        }
        catch (MailPassException fault)
        {
            outcomes = [.. changed.Select(_ => new WriteOutcome(WriteStatus.Failed, fault.ErrorId, fault.Message))];
        }

        foreach (var (change, outcome) in changed.Zip(outcomes))
        {
            if (outcome.Status is WriteStatus.Written)
            {
                change.Fail(ErrorIds.CanaryFailed, $"{answer.TrimEnd('.')}. {change.Address} has its old password again.");
            }
            else
            {
                change.Remark(ErrorIds.CanaryFailed, $"{answer.TrimEnd('.')}. The old password of {change.Address} could not be put back, so the new one stays: {outcome.Message ?? outcome.Status.ToString()}");
            }
        }
    }
}
