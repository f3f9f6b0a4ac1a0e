using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>The owners of domains according to session systems. Each system is asked until it has answered once.</summary>
/// <param name="systems">The systems.</param>
/// <param name="scope">The logins to end, with the owners that are known already.</param>
internal sealed class DomainOwners(IReadOnlyList<ISessionAuthority> systems, RevocationScope scope)
{
    private readonly bool[] _told = new bool[systems.Count];
    private RevocationScope _scope = scope;
    private Task _reading = Task.CompletedTask;

    /// <summary>The scope with all owners that are known now, and for each system why it did not answer.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    public Task<(RevocationScope Scope, string?[] Unread)> ReadAsync(CancellationToken cancellationToken)
    {
        // One at a time: batches that are revoked concurrently share the answers.
        lock (_told)
        {
            var reading = ReadAfterAsync(_reading, cancellationToken);
            _reading = reading;
            return reading;
        }
    }

    private async Task<(RevocationScope Scope, string?[] Unread)> ReadAfterAsync(Task before, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var unread = new string?[systems.Count];
        for (var i = 0; i < systems.Count; i++)
        {
            if (_told[i])
            {
                continue;
            }

            try
            {
                var owners = await systems[i].FindDomainOwnersAsync(cancellationToken).ConfigureAwait(false);
                _told[i] = true;
                if (owners.Count > 0)
                {
                    _scope = _scope with { DomainOwners = _scope.DomainOwners.Union(owners).ToHashSet() };
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                unread[i] = e.Message;
            }
        }

        return (_scope, unread);
    }
}
