using System.Net;
using System.Text.RegularExpressions;

namespace MailPass.Core.Tests.Sessions;

/// <summary>A browser at a Roundcube: cookies, the login form, and a look at whether one is in.</summary>
internal sealed partial class RoundcubeBrowser : IDisposable
{
    private readonly HttpClient _client;

    public RoundcubeBrowser(int port) => _client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };

    public async Task<bool> LoginAsync(string user, string password)
    {
        var token = Token().Match(await _client.GetStringAsync("index.php")).Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["_task"] = "login", ["_action"] = "login", ["_timezone"] = "UTC", ["_url"] = "", ["_user"] = user, ["_pass"] = password, ["_token"] = token,
        });
        using var answer = await _client.PostAsync("index.php?_task=login", form);
        return (await answer.Content.ReadAsStringAsync()).Contains("task-mail", StringComparison.Ordinal);
    }

    /// <summary>Whether the next click still shows the mailbox instead of the login form.</summary>
    public async Task<bool> IsInAsync()
    {
        using var answer = await _client.GetAsync("index.php?_task=mail");
        return (await answer.Content.ReadAsStringAsync()).Contains("task-mail", StringComparison.Ordinal);
    }

    /// <summary>A click that keeps the server busy before it writes the session.</summary>
    public async Task HoldAsync(int seconds)
    {
        using var answer = await _client.GetAsync($"index.php?_task=mail&hold={seconds}");
        _ = await answer.Content.ReadAsStringAsync();
    }

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("name=\"_token\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
