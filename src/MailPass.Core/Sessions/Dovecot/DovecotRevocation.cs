using MailPass.Mailboxes;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Dovecot;

/// <summary>
/// One revocation on one server: flush the cache, kick the sessions and check, until no session is left.
/// </summary>
/// <remarks>
/// The order matters: a client that is kicked before the flush logs straight back in with the old password from the cache. One
/// empty list is not enough: a login that was verified just before the flush is listed only once its process runs, and a database
/// look-up that began before the change may be cached after the flush. So the names are flushed a second time, and after a
/// pause the server is asked once more. Only that second empty list counts.
/// </remarks>
internal sealed class DovecotRevocation
{
    private readonly IDoveadm _server;
    private readonly DovecotOptions _options;
    private readonly RevocationScope _scope;
    private readonly ILogger _logger;
    private readonly string _system;
    private readonly List<RevocationTarget> _targets;
    private readonly Dictionary<MailboxAddress, RevocationTarget> _byMailbox = [];
    private readonly Dictionary<string, RevocationTarget> _ownersByDomain = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RevocationTarget> _targetBySpelling = new(StringComparer.Ordinal);
    private string? _wholeCacheFault;
    private bool _wholeCacheFlushed;

    public DovecotRevocation(IDoveadm server, string system, DovecotOptions options, IEnumerable<MailboxAddress> mailboxes, RevocationScope scope, ILogger logger)
    {
        _server = server;
        _system = system;
        _options = options;
        _scope = scope;
        _logger = logger;
        _targets = [.. mailboxes.Select(TargetOf)];
    }

    /// <summary>Executes it. Returns one receipt for each mailbox, in their order.</summary>
    public async Task<IReadOnlyList<RevocationReceipt>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RoundsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DoveadmException e)
        {
            SessionLog.Unreachable(_logger, _system, e.Message);
            foreach (var target in _byMailbox.Values)
            {
                target.Fault ??= e.Message;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            foreach (var target in _byMailbox.Values)
            {
                target.Fault ??= "Stopped before the server confirmed it.";
            }
        }

        return [.. _targets.Select(target => target.Receipt(_system))];
    }

    private RevocationTarget TargetOf(MailboxAddress mailbox)
    {
        if (_byMailbox.TryGetValue(mailbox, out var known))
        {
            return known;
        }

        var target = new RevocationTarget(mailbox);
        _byMailbox.Add(mailbox, target);
        foreach (var spelling in UserNames.SpellingsOf(mailbox, _options.DefaultDomain))
        {
            _targetBySpelling.TryAdd(spelling, target);
        }

        if (_scope.DomainOwners.Contains(mailbox) || _options.IsDomainOwner?.Invoke(mailbox) == true)
        {
            _ownersByDomain.TryAdd(mailbox.Domain, target);
        }

        return target;
    }

    private async Task RoundsAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await FlushAsync().ConfigureAwait(false);
        var settled = false;
        var pause = TimeSpan.FromMilliseconds(20);
        for (var round = 1; ;)
        {
            var live = Sort(await _server.WhoAsync().ConfigureAwait(false), round);
            if (live.Count == 0)
            {
                if (settled)
                {
                    return;
                }

                await Task.Delay(_options.SettleTime / 2, cancellationToken).ConfigureAwait(false);
                await FlushAsync().ConfigureAwait(false);
                await Task.Delay(_options.SettleTime / 2, cancellationToken).ConfigureAwait(false);
                settled = true;
                continue;
            }

            settled = false;
            if (round > _options.Rounds)
            {
                return;
            }

            await FlushNewSpellingsAsync(live).ConfigureAwait(false);
            if (round > 1 && live.Values.Any(target => target.CameBack))
            {
                await FlushAgainAsync().ConfigureAwait(false);
            }

            await KickAsync(live).ConfigureAwait(false);
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < _options.SettleTime ? pause * 2 : _options.SettleTime;
            round++;
        }
    }

    /// <summary>The names to kick, each with its mailbox; counts what is new in this round.</summary>
    private Dictionary<string, RevocationTarget> Sort(IReadOnlyList<DoveadmSession> sessions, int round)
    {
        var live = new Dictionary<string, RevocationTarget>(StringComparer.Ordinal);
        foreach (var target in _byMailbox.Values)
        {
            target.BeginLook();
        }

        foreach (var session in sessions)
        {
            if (UserNames.MailboxOf(session.UserName, _options.DefaultDomain) is not { } mailbox)
            {
                continue;
            }

            var own = _byMailbox.TryGetValue(mailbox, out var target);
            if (!own && !_ownersByDomain.TryGetValue(mailbox.Domain, out target))
            {
                continue;
            }

            target!.See(session, own, _scope.Includes(session.Service), round);
            if (_scope.Includes(session.Service))
            {
                live[session.UserName] = target;
            }
        }

        foreach (var (name, target) in live.ToArray())
        {
            // A name that cannot be kicked is not tried in every round.
            if (Wildcards.In(name))
            {
                target.Unkickable = Wildcards.Reason;
                live.Remove(name);
            }
        }

        NoteSharedProcesses(sessions, live);
        return live;
    }

    // In 2.3 a kick is a signal to the process, which also ends other mailboxes' connections in it (client_limit above 1, hibernated IMAP).
    private static void NoteSharedProcesses(IReadOnlyList<DoveadmSession> sessions, Dictionary<string, RevocationTarget> live)
    {
        if (live.Count == 0)
        {
            return;
        }

        var doomed = new Dictionary<string, RevocationTarget>(StringComparer.Ordinal);
        foreach (var session in sessions)
        {
            if (session.Process.Length > 0 && live.TryGetValue(session.UserName, out var target))
            {
                doomed[session.Process] = target;
            }
        }

        foreach (var session in sessions)
        {
            if (!live.ContainsKey(session.UserName) && doomed.TryGetValue(session.Process, out var target))
            {
                target.Bystanders.Add(session.UserName);
            }
        }
    }

    private async Task FlushAsync()
    {
        if (_options.WholeCache == WholeCacheFlush.Always)
        {
            try
            {
                await _server.FlushAllAsync().ConfigureAwait(false);
            }
            catch (DoveadmException e) when (e.Fault == DoveadmFault.Final && _server.FlushObstacle is not null)
            {
                // The sessions can be ended nevertheless.
            }

            NoteObstacle();
            return;
        }

        if (_wholeCacheFlushed)
        {
            await _server.FlushAllAsync().ConfigureAwait(false);
        }

        var refused = await _server.FlushAsync(_targetBySpelling.Keys).ConfigureAwait(false);
        foreach (var target in _byMailbox.Values)
        {
            target.FlushFault = null;
        }

        NoteObstacle();
        Refuse(refused);
    }

    private void NoteObstacle()
    {
        foreach (var target in _byMailbox.Values)
        {
            target.FlushObstacle = _server.FlushObstacle;
        }
    }

    // The server may spell a mailbox differently; its entry in the cache then has that spelling.
    private async Task FlushNewSpellingsAsync(Dictionary<string, RevocationTarget> live)
    {
        var added = live.Where(pair => _targetBySpelling.TryAdd(pair.Key, pair.Value)).Select(pair => pair.Key).ToList();
        if (added.Count > 0 && _options.WholeCache != WholeCacheFlush.Always)
        {
            Refuse(await _server.FlushAsync(added).ConfigureAwait(false));
        }
    }

    private async Task FlushAgainAsync()
    {
        if (_options.WholeCache == WholeCacheFlush.WhenNeeded && _wholeCacheFault is null)
        {
            try
            {
                await _server.FlushAllAsync().ConfigureAwait(false);
                _wholeCacheFlushed = true;
                SessionLog.WholeCacheFlushed(_logger, _system);
                return;
            }
            catch (DoveadmException e) when (e.Fault == DoveadmFault.Final)
            {
                _wholeCacheFault = e.Message;
            }
        }

        await FlushAsync().ConfigureAwait(false);
    }

    private void Refuse(IReadOnlyDictionary<string, string> refused)
    {
        foreach (var (name, reason) in refused)
        {
            _targetBySpelling[name].FlushFault ??= reason;
        }
    }

    private async Task KickAsync(Dictionary<string, RevocationTarget> live)
    {
        var refused = await _server.KickAsync(live.Keys).ConfigureAwait(false);
        foreach (var target in live.Values)
        {
            target.KickFault = null;
            target.NoteKick();
        }

        foreach (var (name, reason) in refused)
        {
            live[name].KickFault = reason;
        }
    }
}
