using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MailPass.Sessions.Dovecot;

/// <summary>This machine's server, reached by the <c>doveadm</c> program: one process a command, arguments as a list, never a shell.</summary>
internal sealed class LocalDoveadm(DovecotProgram program, DovecotOptions options) : IDoveadm
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

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
                // The program does not say whether it takes names (2.3) or masks (2.4.3 and later).
                refused[name] = "The name holds a wildcard, which doveadm may take for many mailboxes, so its cache entry was not flushed.";
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
                throw new DoveadmException(DoveadmFault.Down, result.Explain("who"));
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

    private static string? FaultOfFlush(Result result) =>
        result.ExitCode == 0 && result.Output.Any(char.IsAsciiDigit) ? null : result.Explain("auth cache flush");

    // 68 (EX_NOUSER) says that nobody was logged in, which is what was wanted.
    private static string? FaultOfKick(Result result) => result.ExitCode is 0 or DoveadmAnswer.NoUser ? null : result.Explain("kick");

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

    private async Task<Result> RunAsync(IReadOnlyList<string> arguments)
    {
        await _inFlight.WaitAsync().ConfigureAwait(false);
        try
        {
            using var process = new Process { StartInfo = StartInfo(arguments) };
            try
            {
                process.Start();
            }
            catch (Exception e) when (e is Win32Exception or InvalidOperationException or FileNotFoundException)
            {
                throw new DoveadmException(DoveadmFault.Final, $"The program '{program.Path}' cannot be started: {e.Message}", e);
            }

            process.StandardInput.Close();
            using var timeout = new CancellationTokenSource(options.RequestTimeout);
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
                var errors = process.StandardError.ReadToEndAsync(timeout.Token);
                await Task.WhenAll(output, errors, process.WaitForExitAsync(timeout.Token)).ConfigureAwait(false);
                return new(process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
            }
            catch (OperationCanceledException e)
            {
                End(process);
                throw new DoveadmException(DoveadmFault.Down, $"'{program.Path}' gave no answer within {options.RequestTimeout.TotalSeconds:0.#} s.", e);
            }
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private ProcessStartInfo StartInfo(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program.Path)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
        };
        foreach (var argument in program.Arguments.Concat(["-f", "json"]).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It ended by itself meanwhile.
        }
    }

    private sealed record Result(int ExitCode, string Output, string Errors)
    {
        public string Explain(string command)
        {
            var said = new string([.. Errors.ReplaceLineEndings(" ").Where(c => !char.IsControl(c)).Take(200)]).Trim();
            var code = ExitCode.ToString(CultureInfo.InvariantCulture);
            return $"'doveadm {command}' failed with exit code {code}" + (said.Length == 0 ? "." : $": {said}");
        }
    }
}
