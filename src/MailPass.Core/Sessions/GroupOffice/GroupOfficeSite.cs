using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using MailPass.Platform;

namespace MailPass.Sessions.GroupOffice;

/// <summary>
/// Group-Office's own web server. It ends sessions like their users' "Logout" (<c>DELETE api/auth.php</c> with the session's token)
/// and so removes them from its own cache, wherever that is. It also shows whether a token is still accepted
/// (<c>GET api/jmap.php</c>).
/// </summary>
/// <remarks>
/// No call of an administrator's API key ends another user's session without changing that user's password. The session's own token
/// can end it, and the database has that token.
/// </remarks>
internal sealed partial class GroupOfficeSite : IDisposable
{
    private const int Together = 4;
    private const int MaxAnswerBytes = 4 * 1024 * 1024;

    private readonly Uri _logOut;
    private readonly Uri _session;
    private readonly HttpClient _client;

    // Whether this address has accepted a session of this database. Another installation would report every session as ended.
    private volatile bool _isThisInstallation;

    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>, <see cref="ErrorIds.StoreTlsRequired"/>.</exception>
    public GroupOfficeSite(Uri address, GroupOfficeOptions options)
    {
        var folder = Checked(address, options.AllowPlaintext);
        _logOut = new Uri(folder, "api/auth.php");
        _session = new Uri(folder, "api/jmap.php");
        var handler = new SocketsHttpHandler
        {
            // A token must go only to this server: not to a redirect's target, not through a web proxy.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = options.RequestTimeout,
            MaxConnectionsPerServer = Together,
        };
        if (options.TrustedRoots is { Count: > 0 } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        _client = new HttpClient(handler) { Timeout = options.RequestTimeout, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>Logs sessions out. <see cref="StillInAsync"/> reports the outcome.</summary>
    /// <param name="tokens">Their tokens, each with whether it has expired.</param>
    /// <returns>Why the server could not be asked; <see langword="null"/> if it was asked.</returns>
    public async Task<string?> LogOutAsync(IReadOnlyCollection<(string Token, bool Expired)> tokens)
    {
        var faults = await ForEachAsync(tokens.Where(token => IsToken(token.Token)).ToList(), async token =>
        {
            if (!_isThisInstallation && !token.Expired)
            {
                _isThisInstallation = await IsInAsync(token.Token).ConfigureAwait(false)
                    ? true
                    : throw new HttpRequestException("The server does not know a session of this database: it belongs to another Group-Office.");
            }

            using var answer = await SendAsync(HttpMethod.Delete, _logOut, token.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw Unexpected(answer.StatusCode);
            }
        }).ConfigureAwait(false);
        return faults.Values.FirstOrDefault();
    }

    /// <summary>Which sessions the server still knows, or may.</summary>
    /// <param name="tokens">Their tokens.</param>
    /// <returns>Each with the reason.</returns>
    public async Task<Dictionary<string, string>> StillInAsync(IReadOnlyCollection<string> tokens)
    {
        var faults = await ForEachAsync(tokens, async token =>
        {
            if (!IsToken(token))
            {
                throw new HttpRequestException("It has a token that cannot be sent.");
            }

            if (await IsInAsync(token).ConfigureAwait(false))
            {
                throw new HttpRequestException("Group-Office still knows a session that was ended.");
            }
        }).ConfigureAwait(false);
        return faults;
    }

    public void Dispose() => _client.Dispose();

    private static Uri Checked(Uri address, bool allowPlaintext)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("https" or "http") || address.Host.Length == 0 || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "Group-Office's address is not the address of a web server.", "Write it as its users do: https://groupoffice.example.org.");
        }

        if (address.Scheme == Uri.UriSchemeHttp && !Logins.LoginTester.IsThisMachine(address.DnsSafeHost) && !allowPlaintext)
        {
            throw new MailPassException(ErrorIds.StoreTlsRequired, $"Sessions' tokens would be sent to {address.Authority} unencrypted.", "Write https, or allow plain text.");
        }

        return address.AbsolutePath.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }

    /// <summary>Sends a few requests at a time. After the first one without an answer, the rest is not sent.</summary>
    private static async Task<Dictionary<T, string>> ForEachAsync<T>(IReadOnlyCollection<T> all, Func<T, Task> ask)
        where T : notnull
    {
        var faults = new Dictionary<T, string>();
        string? down = null;
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = Together }, async (one, _) =>
        {
            var fault = Volatile.Read(ref down);
            if (fault is null)
            {
                try
                {
                    await ask(one).ConfigureAwait(false);
                    return;
                }
                catch (HttpRequestException e)
                {
                    fault = ServerText.OneLine(e.InnerException?.Message ?? e.Message);
                    if (e.HttpRequestError is not HttpRequestError.Unknown)
                    {
                        Volatile.Write(ref down, fault);
                    }
                }
                catch (OperationCanceledException)
                {
                    Volatile.Write(ref down, fault = "The server gave no answer in time.");
                }
            }

            lock (faults)
            {
                faults[one] = fault;
            }
        }).ConfigureAwait(false);
        return faults;
    }

    /// <summary>Whether a token is accepted. "Unauthorized" counts only with Group-Office's own answer, which says how to log in.</summary>
    private async Task<bool> IsInAsync(string token)
    {
        using var answer = await SendAsync(HttpMethod.Get, _session, token).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.OK && await HasAsync(answer, "apiUrl").ConfigureAwait(false))
        {
            return true;
        }

        return answer.StatusCode == HttpStatusCode.Unauthorized && await HasAsync(answer, "auth").ConfigureAwait(false) ? false : throw Unexpected(answer.StatusCode);
    }

    private static async Task<bool> HasAsync(HttpResponseMessage answer, string property)
    {
        try
        {
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(property, out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, string token)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _client.SendAsync(request).ConfigureAwait(false);
    }

    private HttpRequestException Unexpected(HttpStatusCode status) =>
        new($"{_session.Authority} does not answer like Group-Office (HTTP {((int)status).ToString(CultureInfo.InvariantCulture)}).");

    private static bool IsToken(string token) => PlainToken().IsMatch(token);

    // It becomes part of a header or of a path, so it must have only the characters of a token.
    [GeneratedRegex("^[A-Za-z0-9_-]{1,200}$")]
    internal static partial Regex PlainToken();
}
