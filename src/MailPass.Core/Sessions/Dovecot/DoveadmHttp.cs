using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MailPass.Platform;

namespace MailPass.Sessions.Dovecot;

/// <summary>Sends single requests to one server's doveadm API, and interprets failures.</summary>
/// <remarks>
/// The server closes every connection after its answer. A request must nevertheless not ask for that: with a wrong key
/// and <c>Connection: close</c>, 2.3.19 sends no answer at all.
/// </remarks>
internal sealed class DoveadmHttp : IDisposable
{
    /// <summary>The longest answer, in bytes: about two million sessions.</summary>
    private const int MaxAnswerBytes = 256 * 1024 * 1024;

    private readonly Uri _endpoint;
    private readonly DovecotCredential _credential;
    private readonly DovecotOptions _options;
    private readonly HttpClient _client;
    private readonly SemaphoreSlim _inFlight;

    // The last failure of a server that is down, and until when (Environment.TickCount64) it is not asked again.
    private DoveadmException? _down;
    private long _downUntil;

    public DoveadmHttp(Uri server, DovecotCredential credential, DovecotOptions options)
    {
        _endpoint = DoveadmEndpoint.Complete(server, options.AllowPlaintext);
        _credential = credential.Clone();
        _options = options;
        _inFlight = new SemaphoreSlim(options.MaxRequestsInFlight);
        _client = new HttpClient(MakeHandler(options)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Host and port.</summary>
    public string Authority => _endpoint.Authority;

    /// <summary>Asks for the list of commands.</summary>
    public Task<byte[]> GetAsync() => SendAsync(HttpMethod.Get, null);

    /// <summary>Sends commands.</summary>
    public Task<byte[]> PostAsync(byte[] body) => SendAsync(HttpMethod.Post, body);

    /// <summary>Waits before the next attempt: twice as long each time, with a random part so that clients do not retry together.</summary>
    /// <param name="attempt">The attempt that has just failed, counted from 1.</param>
    public Task PauseAsync(int attempt) =>
        Task.Delay(_options.RetryDelay * Math.Pow(2, Math.Min(attempt - 1, 10)) * (1 - (Random.Shared.NextDouble() / 2)));

    public void Dispose()
    {
        _client.Dispose();
        _inFlight.Dispose();
        _credential.Dispose();
    }

    private static SocketsHttpHandler MakeHandler(DovecotOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            // The key must go only to this server: not to a redirect's target, not through a web proxy.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout < options.RequestTimeout ? options.ConnectTimeout : options.RequestTimeout,
            MaxConnectionsPerServer = options.MaxRequestsInFlight,
        };
        if (options.TrustedRoots is { Count: > 0 } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }

    private async Task<byte[]> SendAsync(HttpMethod method, byte[]? body)
    {
        // A run of a hundred thousand mailboxes sends a hundred requests; a dead server must not cost a hundred timeouts.
        var down = Volatile.Read(ref _down);
        if (down is not null && Environment.TickCount64 < Volatile.Read(ref _downUntil))
        {
            throw new DoveadmException(DoveadmFault.Down, down.Message, down);
        }

        var attempts = down is null ? _options.Attempts : 1;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = await SendOnceAsync(method, body).ConfigureAwait(false);
                Volatile.Write(ref _down, null);
                return answer;
            }
            catch (DoveadmException e) when (e.Fault == DoveadmFault.Down)
            {
                if (attempt >= attempts)
                {
                    Volatile.Write(ref _downUntil, Environment.TickCount64 + (long)_options.DownPause.TotalMilliseconds);
                    Volatile.Write(ref _down, e);
                    throw;
                }

                await PauseAsync(attempt).ConfigureAwait(false);
            }
        }
    }

    private async Task<byte[]> SendOnceAsync(HttpMethod method, byte[]? body)
    {
        await _inFlight.WaitAsync().ConfigureAwait(false);
        try
        {
            using var timeout = new CancellationTokenSource(_options.RequestTimeout);
            using var request = new HttpRequestMessage(method, _endpoint);
            request.Headers.TryAddWithoutValidation("Authorization", _credential.AuthorizationHeader());
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }

            try
            {
                using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
                Judge(response.StatusCode);
                return await ReadAsync(response.Content, timeout.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e)
            {
                throw new DoveadmException(DoveadmFault.Down, $"No answer within {_options.RequestTimeout.TotalSeconds:0.#} s.", e);
            }
            catch (HttpRequestException e)
            {
                throw Explain(e);
            }
            catch (IOException e)
            {
                throw new DoveadmException(DoveadmFault.Broken, "The connection broke in the middle of the answer.", e);
            }
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private static void Judge(HttpStatusCode status)
    {
        if (status == HttpStatusCode.OK)
        {
            return;
        }

        throw (int)status switch
        {
            401 or 403 => new DoveadmException(DoveadmFault.Final, $"The server refuses the doveadm key or password (HTTP {(int)status})."),
            400 => new DoveadmException(DoveadmFault.Broken, "The server calls the request malformed (HTTP 400)."),
            408 or 429 or >= 500 => new DoveadmException(DoveadmFault.Down, $"The server answers with a fault (HTTP {(int)status})."),
            _ => new DoveadmException(DoveadmFault.Final, $"There is no doveadm API at this address (HTTP {(int)status})."),
        };
    }

    private static DoveadmException Explain(HttpRequestException e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException)
            {
                return new DoveadmException(DoveadmFault.Final, "The server's certificate is not trusted, or it does not speak TLS: " + ServerText.OneLine(inner.Message), e);
            }
        }

        return e.HttpRequestError switch
        {
            HttpRequestError.ResponseEnded => new DoveadmException(DoveadmFault.Broken, "The server closed the connection without an answer.", e),
            HttpRequestError.InvalidResponse => new DoveadmException(DoveadmFault.Broken, "The answer is not HTTP.", e),
            HttpRequestError.NameResolutionError => new DoveadmException(DoveadmFault.Down, "The server's name cannot be resolved.", e),
            HttpRequestError.SecureConnectionError => new DoveadmException(DoveadmFault.Down, "TLS could not be agreed on: " + ServerText.OneLine(e.Message), e),
            HttpRequestError.ConnectionError => new DoveadmException(DoveadmFault.Down, "The server cannot be connected to: " + ServerText.OneLine(e.Message), e),
            _ => new DoveadmException(DoveadmFault.Broken, "The exchange failed: " + ServerText.OneLine(e.Message), e),
        };
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken timeout)
    {
        var expected = content.Headers.ContentLength;
        if (expected > MaxAnswerBytes)
        {
            throw new DoveadmException(DoveadmFault.Final, $"The answer is over {MaxAnswerBytes} bytes long.");
        }

        using var whole = new MemoryStream((int)(expected ?? 4096));
        var stream = await content.ReadAsStreamAsync(timeout).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, timeout).ConfigureAwait(false)) > 0)
            {
                if (whole.Length + read > MaxAnswerBytes)
                {
                    throw new DoveadmException(DoveadmFault.Final, $"The answer is over {MaxAnswerBytes} bytes long.");
                }

                whole.Write(buffer, 0, read);
            }
        }

        return whole.ToArray();
    }
}
