using System.Text.Json.Nodes;

namespace MailPass.Lab.Web;

/// <summary>A page of a browser.</summary>
public sealed class ChromiumPage
{
    private const string Ready = "document.readyState === 'complete' && !window.leaving";

    private readonly ChromiumBrowser _browser;
    private readonly string _session;

    internal ChromiumPage(ChromiumBrowser browser, string session) => (_browser, _session) = (browser, session);

    /// <summary>Goes to an address and waits until the page is there.</summary>
    public Task GoAsync(Uri address) => LeaveAsync(() => _browser.AskAsync("Page.navigate", new() { ["url"] = address.ToString() }, _session));

    /// <summary>Does something that leads to another page, and waits until that is there.</summary>
    /// <param name="script">JavaScript.</param>
    public Task FollowAsync(string script) => LeaveAsync(() => EvaluateAsync(script));

    /// <summary>Waits until a condition is true.</summary>
    /// <param name="condition">JavaScript that is true then.</param>
    public async Task UntilAsync(string condition)
    {
        while (await TryEvaluateAsync(condition) is not "true")
        {
            await Task.Delay(50);
        }
    }

    /// <summary>The result of JavaScript, as text.</summary>
    public async Task<string> EvaluateAsync(string script)
    {
        var answer = await _browser.AskAsync("Runtime.evaluate", new() { ["expression"] = $"String((() => {{ return {script}; }})())", ["returnByValue"] = true }, _session);
        return answer?["exceptionDetails"] is { } fault ? throw new InvalidOperationException(fault.ToJsonString()) : answer!["result"]!["value"]!.GetValue<string>();
    }

    /// <summary>The page as a PNG.</summary>
    public async Task<byte[]> PictureAsync() =>
        Convert.FromBase64String((await _browser.AskAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" }, _session))!["data"]!.GetValue<string>());

    private async Task LeaveAsync(Func<Task> leave)
    {
        await EvaluateAsync("window.leaving = true");
        await leave();
        await UntilAsync(Ready);
    }

    // In between two pages there is none to ask.
    private async Task<string?> TryEvaluateAsync(string script)
    {
        try
        {
            return await EvaluateAsync(script);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
