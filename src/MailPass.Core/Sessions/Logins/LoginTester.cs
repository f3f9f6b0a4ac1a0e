using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using MailPass.Mailboxes;
using MailPass.Platform;
using MailPass.Secrets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Sessions.Logins;

/// <summary>
/// Logs in by IMAP or message submission, to test that a new password works and an old one does not. Each call is one attempt: a
/// failed login is not retried, because servers count failures and lock people out.
/// </summary>
/// <param name="options">Options; <see langword="null"/> for the defaults.</param>
/// <param name="logger">Receives events, never secrets.</param>
public sealed class LoginTester(LoginTestOptions? options = null, ILogger? logger = null)
{
    private readonly LoginTestOptions _options = options ?? new();
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    /// <summary>Tries one login and logs out again.</summary>
    /// <param name="target">The server, protocol and protection.</param>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="password">The password; stays the caller's.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreTlsRequired"/>: the password would be sent unencrypted. <see cref="ErrorIds.PasswordInvalid"/>: it contains NUL, CR or LF, which a login cannot send.</exception>
    public async Task<LoginTestResult> TestAsync(LoginTarget target, MailboxAddress mailbox, Secret password, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(mailbox);
        ArgumentNullException.ThrowIfNull(password);
        if (target.Security == LoginSecurity.None && !_options.AllowPlaintext && !IsThisMachine(target.Host))
        {
            throw new MailPassException(ErrorIds.StoreTlsRequired, $"The password would be sent to {target.Host} unencrypted.", "Use TLS or STARTTLS, or allow plain text.");
        }

        if (password.Utf8.ContainsAny("\0\r\n"u8))
        {
            throw new MailPassException(ErrorIds.PasswordInvalid, "The password contains NUL, CR or LF, which a login cannot send.");
        }

        var clock = Stopwatch.StartNew();
        var verdict = await TryAsync(target, mailbox.Value, password, cancellationToken).ConfigureAwait(false);
        var answer = SaslMessage.IsIn(verdict.Answer, mailbox.Value, password) ? "(left out: it repeats the password)" : ServerText.OneLine(verdict.Answer);
        var result = new LoginTestResult(mailbox, target, verdict.Outcome, answer, clock.Elapsed);
        SessionLog.LoginTested(_logger, target.Host, mailbox.Value, target.Protocol.ToString(), verdict.Outcome.ToString());
        return result;
    }

    /// <summary>Connects, verifies the certificate if the connection begins encrypted, and reads the greeting, without a login.</summary>
    /// <param name="target">The server, protocol and protection.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns><see cref="LoginOutcome.LoginOk"/> and the greeting if the server answers; otherwise why not.</returns>
    internal async Task<LoginVerdict> GreetAsync(LoginTarget target, CancellationToken cancellationToken)
    {
        var verdict = await ConnectAsync(
            target,
            async (connection, token) =>
            {
                var greeting = await connection.ReadLineAsync(token).ConfigureAwait(false);
                await connection.TrySayAsync(target.Protocol is LoginProtocol.Imap ? "t1 LOGOUT" : "QUIT", token).ConfigureAwait(false);
                return new LoginVerdict(greeting.StartsWith("* OK", StringComparison.OrdinalIgnoreCase) || greeting.StartsWith("220", StringComparison.Ordinal) ? LoginOutcome.LoginOk : LoginOutcome.ProtocolFault, greeting);
            },
            cancellationToken).ConfigureAwait(false);
        return verdict with { Answer = ServerText.OneLine(verdict.Answer) };
    }

    private Task<LoginVerdict> TryAsync(LoginTarget target, string user, Secret password, CancellationToken cancellationToken) => ConnectAsync(
        target,
        (connection, token) => target.Protocol == LoginProtocol.Imap
            ? ImapLogin.TryAsync(connection, target, user, password, token)
            : SubmissionLogin.TryAsync(connection, target, user, password, token),
        cancellationToken);

    private async Task<LoginVerdict> ConnectAsync(LoginTarget target, Func<LoginConnection, CancellationToken, Task<LoginVerdict>> talk, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            var connection = await LoginConnection.OpenAsync(target, _options, timeout.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await talk(connection, timeout.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(LoginOutcome.Unreachable, $"No answer within {_options.Timeout.TotalSeconds:0.#} s.");
        }
        catch (AuthenticationException e)
        {
            return new(LoginOutcome.TlsFailed, e.Message);
        }
        catch (InvalidDataException e)
        {
            return new(LoginOutcome.ProtocolFault, e.Message);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return new(LoginOutcome.Unreachable, e.Message);
        }
    }

    /// <summary>Whether a host's name or address is this machine's own.</summary>
    internal static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
