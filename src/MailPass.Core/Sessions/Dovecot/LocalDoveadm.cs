using System.Globalization;
using System.Text;
using System.Text.Json;
using MailPass.Platform;

namespace MailPass.Sessions.Dovecot;

/// <summary>This machine's server, reached by the <c>doveadm</c> program: one process per command, arguments as a list, no shell.</summary>
internal sealed class LocalDoveadm(DovecotProgram program, DovecotOptions options) : IDoveadm
{
    private readonly SemaphoreSlim _inFlight = new(options.MaxRequestsInFlight);

    public string Name => "on this machine";

    public string? FlushObstacle => null;

    public async Task<IReadOnlyDictionary<string, string>> FlushAsync(IReadOnlyCollection<string> names)
    {
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        var sendable = new List<string>(names.Count);
        foreach (var name in names)
        {
            if (FlushChunks.BytesOf(name) > FlushChunks.MaxBytes)
            {
                refused[name] = "The name is too long for a flush.";
            }
            else if (Wildcards.In(name))
            {
                // The program does not show whether it takes names (2.3) or masks (2.4.3 and later).
                refused[name] = "The name contains a wildcard, by which doveadm may match many mailboxes, so its cache entry was not flushed.";
            }
            else
            {
                sendable.Add(name);
            }
        }

        var chunks = FlushChunks.Cut(sendable).ToList();
        var results = await Task.WhenAll(chunks.Select(chunk => RunAsync(["auth", "cache", "flush", "--", .. chunk]))).ConfigureAwait(false);
        for (var i = 0; i < chunks.Count; i++)
        {
            if (FaultOfFlush(results[i]) is { } reason)
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
        if (FaultOfFlush(await RunAsync(["auth", "cache", "flush"]).ConfigureAwait(false)) is { } reason)
        {
            throw new DoveadmException(DoveadmFault.Final, reason);
        }
    }

    public async Task<IReadOnlyList<DoveadmSession>> WhoAsync()
    {
        string[] arguments = options.Role == DovecotRole.Proxy ? ["proxy", "list"] : ["who", "-1"];
        for (var attempt = 1; ; attempt++)
        {
            var result = await RunAsync(arguments).ConfigureAwait(false);
            if (result.ExitCode == 0 && TryReadRows(result.Output, out var rows))
            {
                return rows.SelectMany(SessionRows.Read).ToList();
            }

            if (attempt >= options.Attempts)
            {
                throw new DoveadmException(DoveadmFault.Down, Explain(result, "who"));
            }

            await Task.Delay(options.RetryDelay).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyDictionary<string, string>> KickAsync(IReadOnlyCollection<string> names)
    {
        string[] verb = options.Role == DovecotRole.Proxy ? ["proxy", "kick"] : ["kick"];
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        var answers = await Task.WhenAll(names.Select(async name => (
            Name: name,
            Fault: Wildcards.In(name) ? Wildcards.Reason : FaultOfKick(await RunAsync([.. verb, "--", name]).ConfigureAwait(false))))).ConfigureAwait(false);
        foreach (var (name, fault) in answers)
        {
            if (fault is not null)
            {
                refused[name] = fault;
            }
        }

        return refused;
    }

    public ValueTask DisposeAsync()
    {
        _inFlight.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string? FaultOfFlush(ProgramAnswer result) =>
        result.ExitCode == 0 && result.Output.Any(char.IsAsciiDigit) ? null : Explain(result, "auth cache flush");

    // 68 (EX_NOUSER) means that nobody was logged in, which is a success.
    private static string? FaultOfKick(ProgramAnswer result) => result.ExitCode is 0 or DoveadmAnswer.NoUser ? null : Explain(result, "kick");

    private static bool TryReadRows(string output, out List<JsonElement> rows)
    {
        rows = [];
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(output));
            var list = JsonElement.ParseValue(ref reader);
            if (list.ValueKind != JsonValueKind.Array)
            {
                return false;
            }

            rows.AddRange(list.EnumerateArray());
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<string?> VersionAsync()
    {
        var answer = await RunAsync(["--version"]).ConfigureAwait(false);
        return answer.ExitCode == 0 ? "Dovecot " + ServerText.OneLine(answer.Output).Trim() : null;
    }

    private async Task<ProgramAnswer> RunAsync(IReadOnlyList<string> arguments)
    {
        await _inFlight.WaitAsync().ConfigureAwait(false);
        try
        {
            return await LocalProgram.RunAsync(program.Path, [.. program.Arguments, "-f", "json", .. arguments], options.RequestTimeout).ConfigureAwait(false);
        }
        catch (FileNotFoundException e)
        {
            throw new DoveadmException(DoveadmFault.Final, e.Message, e);
        }
        catch (TimeoutException e)
        {
            throw new DoveadmException(DoveadmFault.Down, e.Message, e);
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private static string Explain(ProgramAnswer answer, string command)
    {
        var said = ServerText.OneLine(answer.Errors, 200);
        return $"'doveadm {command}' failed with exit code {answer.ExitCode.ToString(CultureInfo.InvariantCulture)}" + (said.Length == 0 ? "." : $": {said}");
    }
}
