using System.Globalization;
using System.Text.Json;

namespace MailPass.Sessions.Dovecot;

/// <summary>A server reached by its doveadm HTTP API.</summary>
internal sealed class HttpDoveadm(Uri server, DovecotCredential credential, DovecotOptions options) : IDoveadm
{
    private readonly DoveadmHttp _http = new(server, credential, options);
    private readonly SemaphoreSlim _probing = new(1);
    private DoveadmCapabilities? _capabilities;
    private bool _flushSurvived;

    public string Name => _http.Authority;

    public string? FlushObstacle { get; private set; }

    public async Task<IReadOnlyDictionary<string, string>> FlushAsync(IReadOnlyCollection<string> names)
    {
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        var can = await CapabilitiesToFlushAsync().ConfigureAwait(false);
        if (FlushObstacle is not null)
        {
            return refused;
        }

        var sendable = new List<string>(names.Count);
        foreach (var name in names)
        {
            if (FlushChunks.BytesOf(name) > FlushChunks.MaxBytes)
            {
                refused[name] = "The name is too long for a flush.";
            }
            else if (can.FlushesByMask && Wildcards.In(name))
            {
                refused[name] = "The name contains a wildcard, by which this server's flush would match many mailboxes.";
            }
            else
            {
                sendable.Add(name);
            }
        }

        var chunks = (can.FlushTakesList ? FlushChunks.Cut(sendable) : sendable.Select(name => (IReadOnlyList<string>)[name])).ToList();
        var commands = chunks.ConvertAll(chunk => new DoveadmCommand("authCacheFlush", can.FlushParameter, chunk, AsText: !can.FlushTakesList));
        var answers = await ExecuteAsync(commands).ConfigureAwait(false);
        for (var i = 0; i < chunks.Count; i++)
        {
            if (FaultOfFlush(answers[i]) is { } reason)
            {
                foreach (var name in chunks[i])
                {
                    refused[name] = reason;
                }
            }
        }

        return refused;
    }

    public async Task FlushAllAsync()
    {
        var can = await CapabilitiesToFlushAsync().ConfigureAwait(false);

        // An empty list empties the cache; without the parameter the 2.3 worker would crash ("Missing user parameter").
        // With masks (2.4.3 and later) the parameter is optional, and leaving it out means all.
        var command = can switch
        {
            _ when FlushObstacle is not null => throw new DoveadmException(DoveadmFault.Final, FlushObstacle),
            { FlushesByMask: true } => new DoveadmCommand("authCacheFlush"),
            { FlushTakesList: true } => new DoveadmCommand("authCacheFlush", can.FlushParameter, []),
            _ => throw new DoveadmException(DoveadmFault.Final, "The server's API cannot flush the whole authentication cache."),
        };
        var answers = await ExecuteAsync([command]).ConfigureAwait(false);
        if (FaultOfFlush(answers[0]) is { } reason)
        {
            throw new DoveadmException(DoveadmFault.Final, reason);
        }
    }

    public async Task<IReadOnlyList<DoveadmSession>> WhoAsync()
    {
        var can = await CapabilitiesAsync().ConfigureAwait(false);
        var proxy = options.Role == DovecotRole.Proxy;
        var command = proxy ? new DoveadmCommand("proxyList") : new DoveadmCommand("who", SeparateConnections: can.SeparateConnections);
        var answers = await ExecuteAsync([command]).ConfigureAwait(false);
        if (answers[0] is not { Answer: { } answer })
        {
            throw new DoveadmException(DoveadmFault.Broken, answers[0].Fault!);
        }

        if (answer.ErrorType is not null)
        {
            throw new DoveadmException(DoveadmFault.Final, Explain(answer));
        }

        return answer.Rows.SelectMany(SessionRows.Read).ToList();
    }

    public async Task<IReadOnlyDictionary<string, string>> KickAsync(IReadOnlyCollection<string> names)
    {
        var can = await CapabilitiesAsync().ConfigureAwait(false);
        var proxy = options.Role == DovecotRole.Proxy;
        if (proxy && can.ProxyKickParameter is null)
        {
            throw new DoveadmException(DoveadmFault.Final, "The server's API offers no 'proxyKick', so this is not a proxy.");
        }

        // One name per command, even if the server accepts several (2.4.2 and later), so that each name has its own answer.
        var (verb, parameter, list) = proxy ? ("proxyKick", can.ProxyKickParameter!, can.ProxyKickTakesList) : ("kick", "mask", can.KickTakesList);
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        var sendable = new List<string>(names.Count);
        foreach (var name in names)
        {
            if (Wildcards.In(name))
            {
                refused[name] = Wildcards.Reason;
            }
            else
            {
                sendable.Add(name);
            }
        }

        var commands = sendable.ConvertAll(name => new DoveadmCommand(verb, parameter, [name], AsText: !list));
        var answers = await ExecuteAsync(commands).ConfigureAwait(false);
        for (var i = 0; i < sendable.Count; i++)
        {
            if (FaultOfKick(answers[i], sendable[i]) is { } reason)
            {
                refused[sendable[i]] = reason;
            }
        }

        return refused;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _probing.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string? FaultOfFlush(CommandOutcome outcome) => outcome switch
    {
        { Answer: null } => outcome.Fault,
        { Answer: { ErrorType: not null } answer } => Explain(answer),
        { Answer.Rows: [var row, ..] } when HasCount(row, "entries") || HasCount(row, "count") => null,
        _ => "The server's answer to the flush has no count.",
    };

    private static string? FaultOfKick(CommandOutcome outcome, string name) => outcome switch
    {
        { Answer: null } => outcome.Fault,
        { Answer.IsNoUser: true } => null,
        { Answer: { ErrorType: not null } answer } => Explain(answer),

        // 2.4 and proxyKick return a count; 2.3 names the kicked users, including others of the same process.
        { Answer.Rows: var rows } when rows.Any(row => HasCount(row, "count") || string.Equals(DoveadmAnswer.Text(row, "result"), name, StringComparison.OrdinalIgnoreCase)) => null,
        _ => "The server's answer to the kick has neither a count nor the name.",
    };

    private static bool HasCount(JsonElement row, string name) =>
        int.TryParse(DoveadmAnswer.Text(row, name), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string Explain(DoveadmAnswer answer) => answer.ErrorType switch
    {
        "unAuthorized" => "The server's doveadm_allowed_commands forbids the command.",
        "exitCode" => $"The command failed with exit code {answer.ExitCode}.",
        var type => $"The server refused the command ({new string([.. type!.Where(char.IsAsciiLetter).Take(40)])}).",
    };

    /// <inheritdoc/>
    public async Task<string?> VersionAsync() => await CapabilitiesAsync().ConfigureAwait(false) switch
    {
        { FlushesByMask: true } => "Dovecot 2.4.3 or newer",
        { FlushKills: true } => "Dovecot 2.4.0 to 2.4.2, which cannot empty its authentication cache by name",
        { FlushParameter: null } => "a Dovecot that cannot empty its authentication cache by this API",
        _ => "Dovecot 2.3",
    };

    private async Task<DoveadmCapabilities> CapabilitiesAsync()
    {
        if (_capabilities is { } known)
        {
            return known;
        }

        await _probing.WaitAsync().ConfigureAwait(false);
        try
        {
            for (var attempt = 1; _capabilities is null; attempt++)
            {
                try
                {
                    _capabilities = DoveadmCapabilities.Read(await _http.GetAsync().ConfigureAwait(false));
                }
                catch (DoveadmException e) when (e.Fault == DoveadmFault.Broken && attempt < options.Attempts)
                {
                    await _http.PauseAsync(attempt).ConfigureAwait(false);
                }
            }

            return _capabilities;
        }
        finally
        {
            _probing.Release();
        }
    }

    /// <summary>Reads the server's capabilities, and finds out whether it can flush at all.</summary>
    private async Task<DoveadmCapabilities> CapabilitiesToFlushAsync()
    {
        if (FlushObstacle is not null)
        {
            // The server may have been upgraded meanwhile.
            _capabilities = null;
        }

        var can = await CapabilitiesAsync().ConfigureAwait(false);
        if (can.FlushParameter is null)
        {
            FlushObstacle = "Its API cannot flush the authentication cache.";
        }
        else if (!can.FlushKills)
        {
            FlushObstacle = null;
        }
        else if (FlushObstacle is null && !_flushSurvived)
        {
            // Tried with a name that nobody has, because a distribution may have fixed the bug. If the server answers right before and after,
            // the flush crashed doveadm; otherwise the server is slow or away.
            var outcome = new CommandOutcome[1];
            List<DoveadmCommand> trial = [new("authCacheFlush", can.FlushParameter, ["nobody@invalid"], AsText: !can.FlushTakesList)];
            await new CommandBatch(_http, trial, outcome, attempts: 2).RunAsync([0]).ConfigureAwait(false);
            if (outcome[0].Answer is null)
            {
                await _http.GetAsync().ConfigureAwait(false);
                FlushObstacle = "Dovecot 2.4.0 to 2.4.2 cannot flush it by the API: their doveadm crashes on the attempt. Use the doveadm program on that server, or Dovecot 2.4.3.";
            }

            _flushSurvived = outcome[0].Answer is not null;
        }

        return can;
    }

    /// <summary>Runs commands in as few requests as allowed; one outcome each, in their order.</summary>
    private async Task<CommandOutcome[]> ExecuteAsync(List<DoveadmCommand> commands)
    {
        var outcomes = new CommandOutcome[commands.Count];
        var batches = new List<Task>();
        for (var start = 0; start < commands.Count; start += options.MaxCommandsPerRequest)
        {
            var part = Enumerable.Range(start, Math.Min(options.MaxCommandsPerRequest, commands.Count - start)).ToArray();
            batches.Add(new CommandBatch(_http, commands, outcomes, options.Attempts).RunAsync(part));
        }

        await Task.WhenAll(batches).ConfigureAwait(false);
        if (outcomes.Any(outcome => outcome.Answer?.ErrorType is "invalidRequest" or "unknownMethod"))
        {
            // The server was upgraded since its capabilities were read; the next attempt reads them again.
            _capabilities = null;
        }

        return outcomes;
    }
}
