using System.Globalization;
using MailPass.Mailboxes;
using MailPass.Secrets;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Logins;

/// <summary>What a login server says about a password.</summary>
public enum ProbeVerdict
{
    /// <summary>The password logs in (and a wrong one does not, if that was tested).</summary>
    Accepted,

    /// <summary>The server verified the password and refused it.</summary>
    Refused,

    /// <summary>The server could not be reached, did not verify the password, or accepts wrong passwords too: nothing is known.</summary>
    NotJudged,
}

/// <summary>A login server's answer.</summary>
/// <param name="Verdict">What it says about the password.</param>
/// <param name="Answer">The server's own words on one line without control characters, or why it did not verify the password. Never the password.</param>
public sealed record ProbeResult(ProbeVerdict Verdict, string Answer);

/// <summary>
/// Tests passwords at one login server, named by a URI: <c>imap://host[:port]</c> and <c>submission://host[:port]</c>
/// encrypt by STARTTLS, <c>imaps://</c> and <c>smtps://</c> from the first byte. On this machine, and if plain text is
/// allowed, the first two also log in unencrypted.
/// </summary>
public sealed class LoginProbe
{
    private readonly LoginTester _tester;
    private readonly LoginTarget[] _targets;

    /// <summary>Names the server without connecting.</summary>
    /// <param name="server">Its URI.</param>
    /// <param name="options">Options for logins; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: not such a URI.</exception>
    public LoginProbe(string server, LoginTestOptions? options = null, ILogger? logger = null)
    {
        _tester = new LoginTester(options, logger);
        var target = LoginTarget.Parse(server);
        _targets = target.Security == LoginSecurity.Tls ? [target]
            : LoginTester.IsThisMachine(target.Host) ? [target with { Security = LoginSecurity.None }, target]
            : options?.AllowPlaintext == true ? [target, target with { Security = LoginSecurity.None }]
            : [target];
        Server = string.Create(CultureInfo.InvariantCulture, $"{target.Host}:{target.EffectivePort}");
    }

    /// <summary>The server of a URI, for callers that log nothing.</summary>
    /// <param name="server">Its URI.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: not such a URI.</exception>
    public static LoginProbe At(string server) => new(server);

    /// <summary>The server's name and port.</summary>
    public string Server { get; }

    /// <summary>Logs in once.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="password">The password; stays the caller's.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<ProbeResult> TryAsync(MailboxAddress mailbox, Secret password, CancellationToken cancellationToken = default)
    {
        ProbeResult? first = null;
        foreach (var target in _targets)
        {
            LoginTestResult test;
            try
            {
                test = await _tester.TestAsync(target, mailbox, password, cancellationToken).ConfigureAwait(false);
            }
            catch (MailPassException e)
            {
                return new(ProbeVerdict.NotJudged, e.Message);
            }

            var verdict = test.Outcome switch
            {
                LoginOutcome.LoginOk => ProbeVerdict.Accepted,
                LoginOutcome.Refused => ProbeVerdict.Refused,
                _ => ProbeVerdict.NotJudged,
            };
            var result = new ProbeResult(verdict, test.Answer is { Length: > 0 } answer ? answer : test.Outcome.ToString());
            first ??= result;
            if (test.Outcome is not (LoginOutcome.NotOffered or LoginOutcome.TlsFailed))
            {
                return result;
            }

            // In both cases the password was not sent, so another kind of connection may be tried.
        }

        return first!;
    }

    /// <summary>Logs in, and checks that a wrong password is refused: if a server accepts any password, its answer proves nothing.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="password">The password; stays the caller's.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    public async Task<ProbeResult> ProveAsync(MailboxAddress mailbox, Secret password, CancellationToken cancellationToken = default)
    {
        var right = await TryAsync(mailbox, password, cancellationToken).ConfigureAwait(false);
        if (right.Verdict != ProbeVerdict.Accepted)
        {
            return right;
        }

        using var wrongPassword = Secret.FromChars(Guid.NewGuid().ToString("N"));
        var wrong = await TryAsync(mailbox, wrongPassword, cancellationToken).ConfigureAwait(false);
        return wrong.Verdict switch
        {
            ProbeVerdict.Refused => right,
            ProbeVerdict.Accepted => new(ProbeVerdict.NotJudged, $"{Server} accepts a wrong password too, so its answer proves nothing: {wrong.Answer}"),
            _ => new(ProbeVerdict.NotJudged, $"{Server} accepts the password, but did not judge a wrong one: {wrong.Answer}"),
        };
    }
}
