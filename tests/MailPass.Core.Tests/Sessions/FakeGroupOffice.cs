using System.Net;
using System.Text;

namespace MailPass.Core.Tests.Sessions;

/// <summary>
/// Group-Office's two entry points as far as sessions go, after its State.php and Token.php: a token is believed from the
/// cache; a logout forgets those whose row is there, and deletes the row.
/// </summary>
internal sealed class FakeGroupOffice : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly SessionTables _tables;
    private readonly Task _serving;

    public FakeGroupOffice(SessionTables tables)
    {
        _tables = tables;
        for (var port = 35400; ; port++)
        {
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/go/");
            try
            {
                _listener.Start();
                Address = new Uri($"http://127.0.0.1:{port}/go");
                break;
            }
            catch (HttpListenerException) when (port < 35499)
            {
                // Another test has this one.
            }
        }

        _serving = Task.Run(ServeAsync);
    }

    public Uri Address { get; }

    /// <summary>The content of PHP's memory, which outlives the rows.</summary>
    public HashSet<string> Cache { get; } = new(StringComparer.Ordinal);

    /// <summary>Every request, in order.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Whether every answer is this one instead.</summary>
    public HttpStatusCode? Always { get; set; }

    /// <summary>Runs before a request is answered.</summary>
    public Action<string> Before { get; set; } = _ => { };

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var token = context.Request.Headers["Authorization"]?["Bearer ".Length..] ?? string.Empty;
            var request = $"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath} {token}";
            Requests.Add(request);
            Before(request);
            var (status, body) = Always is { } always ? ((int)always, "no") : Answer(context.Request.HttpMethod, context.Request.Url.AbsolutePath, token);
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }

    private (int Status, string Body) Answer(string method, string path, string token)
    {
        var hasRow = _tables.Rows($"SELECT 1 FROM core_auth_token WHERE accessToken = '{token}'").Count > 0;
        var isIn = Cache.Contains(token) || hasRow;
        if (method == "GET" && path == "/go/api/jmap.php")
        {
            if (isIn)
            {
                Cache.Add(token);
            }

            return isIn ? (200, """{"apiUrl":"x","userId":"1"}""") : (401, """{"auth":{"domains":[]}}""");
        }

        if (method == "DELETE" && path == "/go/api/auth.php")
        {
            if (hasRow)
            {
                Cache.Remove(token);
                _tables.Execute($"DELETE FROM core_auth_token WHERE accessToken = '{token}'");
            }

            return (200, "{}");
        }

        return (404, "no");
    }
}
