using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace MailPass.Core.Tests.Sessions;

/// <summary>How a scripted server answers one request.</summary>
internal enum Mischief
{
    None,
    Http401,
    Http500,
    Redirect,
    HalfAnAnswer,
    NoAnswer,
    Hang,
    Slow,
    Html,
    EmptyList,
}

/// <summary>
/// A doveadm API of our own over raw sockets that can misbehave on command. It keeps sessions and a cache, loses what the
/// real one loses (a flush line over 1,024 bytes does nothing and answers 0) and speaks as 2.3.19, 2.4.1 or 2.4.5 did.
/// </summary>
internal sealed class ScriptedDoveadm : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private int _inFlight;
    private int _pid = 1000;

    public ScriptedDoveadm()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>"2.3", "2.4.1" (counts; dies of every flush) or "2.4.5" (userMask).</summary>
    public string Version { get; set; } = "2.3";

    /// <summary>What happens to the request with this number (the GET is 0).</summary>
    public Func<int, string, Mischief> Script { get; set; } = (_, _) => Mischief.None;

    /// <summary>A name whose kick kills the worker, and with it the whole answer.</summary>
    public string? PoisonName { get; init; }

    /// <summary>Commands that doveadm_allowed_commands leaves out.</summary>
    public HashSet<string> Forbidden { get; init; } = [];

    /// <summary>Whether a flush forgets to say how many entries it removed.</summary>
    public bool FlushWithoutCount { get; init; }

    /// <summary>Sessions that log in again as soon as they are kicked.</summary>
    public HashSet<string> Returning { get; init; } = [];

    /// <summary>Sessions that no kick ends.</summary>
    public HashSet<string> Undying { get; init; } = [];

    public List<(string User, string Service, int Process)> Sessions { get; } = [];

    public HashSet<string> Cache { get; } = [];

    public ConcurrentQueue<string> Requests { get; } = [];

    public ConcurrentQueue<string> Commands { get; } = [];

    public int MostInFlight { get; private set; }

    public void Add(string user, string service = "imap", int? process = null)
    {
        lock (_lock)
        {
            Sessions.Add((user, service, process ?? _pid++));
        }
    }

    public List<string> Live()
    {
        lock (_lock)
        {
            return [.. Sessions.Select(session => session.User)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();

        // In this order: a listener stopped between two accepts throws instead of being cancelled.
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var number = 0;
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client, number++);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var (head, body) = await ReadAsync(stream);
            lock (_lock)
            {
                MostInFlight = Math.Max(MostInFlight, ++_inFlight);
            }

            Requests.Enqueue(head);
            var answer = await AnswerAsync(head, body, Script(number, body));

            // Before the answer goes out: with its first byte the client may send the next request.
            lock (_lock)
            {
                _inFlight--;
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The client went away.
        }
    }

    private async Task<string> AnswerAsync(string head, string body, Mischief mischief)
    {
        switch (mischief)
        {
            case Mischief.Http401:
                return Response("401 Unauthorized", "");
            case Mischief.Http500:
                return Response("500 Internal Server Error", "oops");
            case Mischief.Redirect:
                return Response("302 Found\r\nLocation: http://127.0.0.1:1/elsewhere", "");
            case Mischief.NoAnswer:
                return "";
            case Mischief.Html:
                return Response("200 OK", "<html>welcome</html>");
            case Mischief.EmptyList:
                return Response("200 OK", "[]");
            case Mischief.Hang:
                await Task.Delay(Timeout.Infinite, _stop.Token);
                break;
            case Mischief.Slow:
                await Task.Delay(200, _stop.Token);
                break;
        }

        var answer = head.StartsWith("GET", StringComparison.Ordinal) ? Capabilities() : Run(body);
        if (answer is null)
        {
            return "";
        }

        return Response("200 OK", mischief == Mischief.HalfAnAnswer ? answer[..(answer.Length / 2)] : answer);
    }

    private string Capabilities() => $$"""
        [{"command":"who","parameters":[{"name":"separateConnections","type":"boolean"},{"name":"mask","type":"array"}]},
         {"command":"kick","parameters":[{{(Version == "2.3" ? "" : """{"name":"passdbField","type":"string"},{"name":"destHost","type":"string"},""")}}{"name":"mask","type":"array"}]},
         {"command":"proxyList","parameters":[]},
         {"command":"proxyKick","parameters":[{"name":"{{(Version == "2.3" ? "user" : "mask")}}","type":"array"}]},
         {"command":"authCacheFlush","parameters":[{"name":"socketPath","type":"string"},{"name":"{{(Version == "2.4.5" ? "userMask" : "user")}}","type":"array"}]}]
        """;

    private string? Run(string body)
    {
        using var request = JsonDocument.Parse(body);
        var answers = new StringBuilder("[");
        var lastWasError = false;
        foreach (var command in request.RootElement.EnumerateArray())
        {
            var name = command[0].GetString()!;
            var tag = command[2].GetString()!;
            Commands.Enqueue(command.GetRawText());
            string answer;
            lock (_lock)
            {
                if (name == "authCacheFlush" && command[1].TryGetProperty(Version == "2.4.5" ? "user" : "userMask", out _))
                {
                    answer = Error("invalidRequest", 0, tag);
                }
                else if (Forbidden.Contains(name))
                {
                    answer = Error("unAuthorized", 0, tag);
                }
                else
                {
                    switch (name)
                    {
                        case "authCacheFlush" when Version == "2.4.1":
                            return null;
                        case "authCacheFlush":
                            answer = Flush(command[1], tag);
                            break;
                        case "who":
                            answer = Printed($"[{string.Join(',', Sessions.Select(Row))}]", tag);
                            break;
                        case "proxyList":
                            answer = Printed($"[{string.Join(',', Sessions.Select(ProxyRow))}]", tag);
                            break;
                        case "kick" or "proxyKick":
                            var names = command[1].EnumerateObject().Single().Value;
                            if (names[0].GetString() == PoisonName)
                            {
                                return null;
                            }

                            answer = Kick(names, name == "proxyKick", tag);
                            break;
                        default:
                            answer = Error("unknownMethod", 0, tag);
                            break;
                    }
                }
            }

            // As 2.3 writes it: no comma between two errors of its own.
            var isError = Version == "2.3" && answer.StartsWith("[\"error\",{\"type\":\"un", StringComparison.Ordinal);
            if (answers.Length > 1 && !(isError && lastWasError))
            {
                answers.Append(',');
            }

            answers.Append(answer);
            lastWasError = isError;
        }

        return answers.Append(']').ToString();
    }

    private string Flush(JsonElement parameters, string tag)
    {
        if (FlushWithoutCount)
        {
            return Printed("[]", tag);
        }

        var names = parameters.EnumerateObject().Select(p => p.Value).SingleOrDefault();
        if (names.ValueKind == JsonValueKind.Undefined || names.GetArrayLength() == 0)
        {
            var all = Cache.Count;
            Cache.Clear();
            return Printed($"[{{\"entries\":\"{all}\"}}]", tag);
        }

        var list = names.EnumerateArray().Select(name => name.GetString()!).ToList();
        var tooLong = list.Sum(name => 1 + Encoding.UTF8.GetByteCount(name)) > 1000;
        if (tooLong && Version != "2.3")
        {
            return Error("exitCode", 75, tag);
        }

        var removed = tooLong ? 0 : list.Count(Cache.Remove);
        return Printed($"[{{\"entries\":\"{removed}\"}}]", tag);
    }

    private string Kick(JsonElement names, bool proxy, string tag)
    {
        if (names.GetArrayLength() != 1 && Version == "2.3")
        {
            return Error("exitCode", 64, tag);
        }

        var mask = names[0].GetString()!;
        Assert.False(mask.AsSpan().ContainsAny('*', '?'), $"A wildcard reached the mask: {mask}");
        var matching = Sessions.Where(session => session.User.Equals(mask, StringComparison.OrdinalIgnoreCase)).ToList();
        var named = Sessions.Where(session => matching.Any(match => match.Process == session.Process)).Select(session => session.User).Reverse().Distinct().ToList();
        foreach (var session in matching.Where(session => !Undying.Contains(session.User)))
        {
            // A kick ends the process, whomever else it serves.
            Sessions.RemoveAll(other => other.Process == session.Process);
            if (Returning.Contains(session.User))
            {
                Sessions.Add(session with { Process = _pid++ });
            }
        }

        return Version == "2.3" && !proxy
            ? matching.Count == 0 ? Error("exitCode", 68, tag) : Printed($"[{string.Join(',', named.Select(user => $"{{\"result\":\"{user}\"}}"))}]", tag)
            : Printed($"[{{\"count\":\"{matching.Count}\"}}]", tag);
    }

    private string Row((string User, string Service, int Process) session)
    {
        var user = JsonEncodedText.Encode(session.User);
        return Version == "2.3"
            ? $$"""{"username":"{{user}}","service":"{{session.Service}}","pid":"{{session.Process}}","ip":"192.0.2.7"}"""
            : $$"""{"username":"{{user}}","service":"{{session.Service}}","pid":"{{session.Process}}","ip":"192.0.2.7","dest_ip":""}""";
    }

    private static string ProxyRow((string User, string Service, int Process) session) =>
        $$"""{"username":"{{session.User}}","service":"{{session.Service}}","src-ip":"192.0.2.7","dest-ip":"192.0.2.1","dest-port":"143"}""";

    private static string Printed(string rows, string tag) => $"[\"doveadmResponse\",{rows},\"{tag}\"]";

    private static string Error(string type, int exitCode, string tag) => $"[\"error\",{{\"type\":\"{type}\", \"exitCode\":{exitCode}}},\"{tag}\"]";

    private static string Response(string status, string body) =>
        $"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    private static async Task<(string Head, string Body)> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[65536];
        while (true)
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
            {
                throw new IOException("The client closed the connection.");
            }

            bytes.AddRange(buffer.AsSpan(0, read));
            var text = Encoding.Latin1.GetString([.. bytes]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
            {
                continue;
            }

            var head = text[..end];
            var length = head.Split("\r\n")
                .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                .Select(line => int.Parse(line.AsSpan(15)))
                .FirstOrDefault();
            while (bytes.Count < end + 4 + length)
            {
                read = await stream.ReadAsync(buffer);
                bytes.AddRange(buffer.AsSpan(0, read));
            }

            return (head, Encoding.UTF8.GetString([.. bytes.Skip(end + 4)]));
        }
    }
}
