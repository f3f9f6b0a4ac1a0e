using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MailPass.Secrets;
using MailPass.Stores.Ldap.Protocol;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Ldap;

/// <summary>A directory's server: connections to it, made as the store's location says, and requests that are retried on a new connection.</summary>
internal sealed class LdapServer : IAsyncDisposable
{
    // Where servers put their socket: Debian's slapd, OpenLDAP's own default.
    private static readonly string[] s_sockets = ["/run/slapd/ldapi", "/var/run/slapd/ldapi", "/run/openldap/ldapi", "/run/ldapi", "/var/run/ldapi"];

    // How often a busy server is asked again, each time after a longer random pause.
    private const int MaxBusy = 8;

    private readonly StoreLocation _location;
    private readonly StoreOpenOptions _options;
    private readonly ILogger _logger;
    private readonly LdapEndpoint _endpoint;
    private readonly Secret? _password;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly LdapConnection?[] _connections = new LdapConnection?[2];

    /// <summary>Prepares the object without connecting.</summary>
    /// <param name="location">Which directory.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PasswordMissing"/>, <see cref="ErrorIds.InputInvalid"/>.</exception>
    public LdapServer(StoreLocation location, StoreOpenOptions options, ILogger logger)
    {
        _location = location;
        _options = options;
        _logger = logger;
        if (location.User is not null && options.Password is not { Length: > 0 })
        {
            // RFC 4513, section 5.1.2: a server accepts a name without a password as an anonymous login.
            throw new MailPassException(ErrorIds.PasswordMissing, $"{location.User} needs a password to log in to the directory.", "Give it by -Credential, --store-password-file, MAILPASS_STORE_PASSWORD or the prompt.");
        }

        var isHere = ServerTls.StaysHere(location);
        var roots = options.AuthorityFile is { } file && location.Server is not null ? CertificateAuthorities.Read(file) : null;
        var security = location switch
        {
            { Server: null } => LdapSecurity.None,
            { Security: not LdapSecurity.None } => location.Security,
            _ => roots is not null || (!isHere && !options.AllowPlaintext) ? LdapSecurity.StartTls : LdapSecurity.None,
        };
        _endpoint = new LdapEndpoint
        {
            Host = location.Server,
            Port = location.Port ?? (security is LdapSecurity.Tls ? 636 : 389),
            Socket = location.Server is null ? location.Path ?? s_sockets.FirstOrDefault(File.Exists) ?? s_sockets[0] : null,
            Security = security,
            Roots = roots,
            Verify = !isHere || roots is not null,
        };
        _password = location.User is null ? null : options.Password!.Clone();
        var server = _endpoint.Socket ?? (location.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{location.Server}:{port}") : location.Server);
        Name = server!;
    }

    /// <summary>The server's name, for people.</summary>
    public string Name { get; }

    /// <summary>How long one answer may take.</summary>
    public TimeSpan Limit => _options.CommandTimeout;

    /// <summary>How long to wait for a lost server.</summary>
    public TimeSpan Patience => _options.Patience;

    /// <summary>An attribute of the server's root entry as an anonymous client sees it; <see langword="null"/> if it is not visible.</summary>
    /// <param name="attribute">Which.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public async Task<LdapEntry?> RootWithoutLoginAsync(string attribute, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_options.ConnectTimeout);
            var connection = await LdapConnection.ConnectAsync(_endpoint, limit.Token).ConfigureAwait(false);
            await using var closing = connection.ConfigureAwait(false);
            var answer = await connection.SendAsync(LdapRequests.Search(string.Empty, LdapScope.Base, new LdapFilter.Present("objectClass"), [attribute]), _options.ConnectTimeout, limit.Token).ConfigureAwait(false);
            return answer.Entries is [var root, ..] ? root : null;
        }
        catch (Exception e) when (IsFault(e) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>A connection of the caller's own, bound.</summary>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public async Task<LdapConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.ConnectTimeout);
        LdapConnection connection;
        try
        {
            connection = await LdapConnection.ConnectAsync(_endpoint, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"{Name} gave no answer to a connection within {_options.ConnectTimeout.TotalSeconds:0.#} s."), e);
        }

        try
        {
            if (_location.User is { } dn)
            {
                Require(await connection.SendAsync(LdapRequests.SimpleBind(dn, _password), _options.ConnectTimeout, cancellationToken).ConfigureAwait(false), $"the login as {dn}");
            }
            else if (_endpoint.Socket is not null)
            {
                Require(await connection.SendAsync(LdapRequests.ExternalBind(), _options.ConnectTimeout, cancellationToken).ConfigureAwait(false), "the login of the current user (SASL EXTERNAL)");
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The connection that reads share.</summary>
    public ValueTask<LdapConnection> ReadingAsync(CancellationToken cancellationToken) => SharedAsync(0, cancellationToken);

    /// <summary>The connection that writes share: a transaction belongs to its connection.</summary>
    public ValueTask<LdapConnection> WritingAsync(CancellationToken cancellationToken) => SharedAsync(1, cancellationToken);

    /// <summary>Searches, and retries if the server is busy or away for a while.</summary>
    /// <returns>The answer; <see cref="LdapResultCode.Success"/> or why the server refuses this search.</returns>
    public Task<LdapAnswer> SearchAsync(string baseDn, LdapScope scope, LdapFilter filter, IEnumerable<string> attributes, CancellationToken cancellationToken, int sizeLimit = 0, params LdapControl[] controls) =>
        RepeatAsync(async () =>
        {
            var connection = await ReadingAsync(cancellationToken).ConfigureAwait(false);
            return await connection.SendAsync(LdapRequests.Search(baseDn, scope, filter, attributes, sizeLimit), Limit, cancellationToken, controls).ConfigureAwait(false);
        }, cancellationToken);

    /// <summary>Sends a request that may be sent twice, and retries if the server is busy or away for a while.</summary>
    /// <param name="ask">Asks.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<LdapAnswer> RepeatAsync(Func<Task<LdapAnswer>> ask, CancellationToken cancellationToken)
    {
        DateTime? lostSince = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = await ask().ConfigureAwait(false);
                if (answer.Code is not (LdapResultCode.Busy or LdapResultCode.Unavailable) || attempt >= MaxBusy)
                {
                    return answer;
                }
            }
            catch (Exception e) when (IsLost(e))
            {
                lostSince ??= DateTime.UtcNow;
                if (DateTime.UtcNow - lostSince > Patience)
                {
                    throw;
                }

                StoreLog.Retry(_logger, Name, attempt, e.Message);
            }

            await PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits before another attempt: longer each time, with a random part so that clients do not retry together.</summary>
    public static Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(Math.Min(20 << Math.Min(attempt, 6), 1000) * (0.5 + Random.Shared.NextDouble())), cancellationToken);

    /// <summary>Whether the connection was lost, so that another one may help.</summary>
    public static bool IsLost(Exception exception) => exception is IOException or SocketException;

    /// <summary>Whether an exception comes from the server or the network.</summary>
    public static bool IsFault(Exception exception) => exception is IOException or SocketException or TimeoutException or AuthenticationException;

    /// <summary>What a fault means for people.</summary>
    /// <param name="exception">The fault.</param>
    public MailPassException Explain(Exception exception) => exception switch
    {
        MailPassException known => known,
        AuthenticationException => new MailPassException(
            ErrorIds.StoreTlsRequired,
            $"The connection to {Name} cannot be encrypted and verified: {WhyNoTls(exception)}",
            "Give the server a certificate that names it, from an authority that this machine trusts or that -CaFile (--ca-file) names; or use -AllowPlaintext (--allow-plaintext) if the network in between is your own.",
            exception),
        TimeoutException { InnerException: not null } => new MailPassException(ErrorIds.StoreUnreachable, exception.Message, "Check whether the server or the network in between hangs, or allow more time (the profile's `connectTimeout`); then repeat the call.", exception),
        TimeoutException => new MailPassException(
            ErrorIds.StoreUnreachable,
            string.Create(CultureInfo.InvariantCulture, $"{Name} gave no answer within {Limit.TotalSeconds:0.#} s."),
            "Check whether the server or the network in between hangs, or allow more time (the profile's `commandTimeout`); then repeat the call. Mailboxes reported as changed are changed.",
            exception),
        _ => new MailPassException(ErrorIds.StoreUnreachable, $"The directory at {Name} cannot be reached: {exception.Message.TrimEnd('.')}.", "Check that the server runs, and its name and port.", exception),
    };

    /// <summary>Makes sure that an answer is a success.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="what">What was asked, for people.</param>
    /// <exception cref="MailPassException">It is not.</exception>
    public void Require(LdapAnswer answer, string what)
    {
        if (answer.Code is LdapResultCode.Success)
        {
            return;
        }

        var (id, remedy) = answer.Code switch
        {
            LdapResultCode.ConfidentialityRequired or LdapResultCode.StrongerAuthRequired => (ErrorIds.StoreTlsRequired, "Write ldaps:// instead of ldap://, or add ?starttls after the base."),
            LdapResultCode.InvalidCredentials => (ErrorIds.StoreUnreachable, "Check the bind DN and its password."),
            LdapResultCode.InappropriateAuthentication or LdapResultCode.AuthMethodNotSupported => (ErrorIds.StoreUnreachable, "Name a bind DN that has a password, as in ldap://cn=mailpass,dc=example,dc=org@host/dc=example,dc=org."),
            LdapResultCode.NoSuchObject => (ErrorIds.StoreInvalid, "Check the base, which follows the server's name, and that the bind DN may read it."),
            LdapResultCode.InvalidDnSyntax => (ErrorIds.StoreInvalid, "Check how the bind DN and the base are written: ldap://cn=mailpass,dc=example,dc=org@host/dc=example,dc=org."),
            LdapResultCode.SizeLimitExceeded or LdapResultCode.AdminLimitExceeded or LdapResultCode.TimeLimitExceeded => (ErrorIds.StoreUnreachable, "Let the bind DN read without limits (OpenLDAP: olcLimits, dn.exact=\"…\" size=unlimited time=unlimited)."),
            LdapResultCode.Referral => (ErrorIds.StoreUnreachable, $"Name the server that it refers to: {string.Join(", ", answer.Referrals)}."),
            _ => (ErrorIds.StoreUnreachable, "See the directory's own log for the reason."),
        };
        throw new MailPassException(id, $"The directory at {Name} refused {what}: {answer}.", remedy);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        _password?.Dispose();
        _gate.Dispose();
        foreach (var certificate in _endpoint.Roots ?? [])
        {
            certificate.Dispose();
        }
    }

    private static string WhyNoTls(Exception exception)
    {
        var message = exception.GetBaseException().Message;
        return message.Contains("NameMismatch", StringComparison.Ordinal) ? "the server's certificate is for another name."
            : message.Contains("Chain", StringComparison.Ordinal) ? "no authority that is trusted here signed the server's certificate."
            : message;
    }

    private async ValueTask<LdapConnection> SharedAsync(int place, CancellationToken cancellationToken)
    {
        if (_connections[place] is { IsAlive: true } alive)
        {
            return alive;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_connections[place] is { IsAlive: true } made)
            {
                return made;
            }

            if (_connections[place] is { } dead)
            {
                _connections[place] = null;
                await dead.DisposeAsync().ConfigureAwait(false);
            }

            return _connections[place] = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}
