using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Web;

/// <summary>A Chromium without a window, driven by its DevTools protocol.</summary>
public sealed class ChromiumBrowser : IAsyncDisposable
{
    private readonly LabFolder _folder = new("chromium");
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode?>> _asked = new();
    private readonly SemaphoreSlim _sending = new(1);
    private ServerProcess? _process;
    private int _last;

    private ChromiumBrowser()
    {
    }

    /// <summary>Starts one.</summary>
    /// <exception cref="LabUnavailableException">Chromium is not installed.</exception>
    public static async Task<ChromiumBrowser> StartAsync()
    {
        var program = LabTools.Require("chromium", "chromium");
        var browser = new ChromiumBrowser();
        try
        {
            var port = browser._folder.At("profile/DevToolsActivePort");
            browser._process = await ServerProcess.StartAsync(
                program,
                [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--hide-scrollbars", "--disable-background-networking",
                    "--remote-debugging-port=0", "--window-size=1100,700", $"--user-data-dir={browser._folder.At("profile")}", "about:blank",
                ],
                browser._folder.At("chromium.log"),
                () => Task.FromResult(File.Exists(port) && File.ReadAllLines(port).Length == 2));
            var lines = await File.ReadAllLinesAsync(port);
            await browser._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), CancellationToken.None);
            _ = browser.ListenAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page with its own cookies, like another person's browser.</summary>
    public async Task<ChromiumPage> OpenAsync(Uri address)
    {
        var context = (await AskAsync("Target.createBrowserContext", []))!["browserContextId"]!.GetValue<string>();
        var target = (await AskAsync("Target.createTarget", new() { ["url"] = "about:blank", ["browserContextId"] = context }))!["targetId"]!.GetValue<string>();
        var session = (await AskAsync("Target.attachToTarget", new() { ["targetId"] = target, ["flatten"] = true }))!["sessionId"]!.GetValue<string>();
        var page = new ChromiumPage(this, session);
        await page.GoAsync(address);
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    internal async Task<JsonNode?> AskAsync(string method, JsonObject parameters, string? session = null)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
        {
            message["sessionId"] = session;
        }

        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task;
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (true)
            {
                using var message = new MemoryStream();
                WebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                    message.Write(buffer, 0, part.Count);
                }
                while (!part.EndOfMessage);
                var node = JsonNode.Parse(message.ToArray());
                if (node?["id"]?.GetValue<int>() is { } id && _asked.TryRemove(id, out var answer))
                {
                    if (node["error"] is { } error)
                    {
                        answer.SetException(new InvalidOperationException(error.ToJsonString()));
                    }
                    else
                    {
                        answer.SetResult(node["result"]);
                    }
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException or JsonException)
        {
            foreach (var answer in _asked.Values)
            {
                answer.TrySetException(e);
            }
        }
    }
}
