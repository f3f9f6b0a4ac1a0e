using System.Globalization;
using System.Text;
using MailPass.Secrets;

namespace MailPass.Sessions.Logins;

/// <summary>The submission half of a login attempt (RFC 4954).</summary>
internal static class SubmissionLogin
{
    public static async Task<LoginVerdict> TryAsync(LoginConnection connection, LoginTarget target, string user, Secret password, CancellationToken cancellationToken)
    {
        var greeting = await AnswerAsync(connection, cancellationToken).ConfigureAwait(false);
        if (greeting.Code != 220)
        {
            return new(greeting.Code / 100 is 4 or 5 ? LoginOutcome.Unavailable : LoginOutcome.ProtocolFault, greeting.Text);
        }

        var hello = await CommandAsync(connection, "EHLO [127.0.0.1]", cancellationToken).ConfigureAwait(false);
        if (target.Security == LoginSecurity.StartTls)
        {
            var ready = await CommandAsync(connection, "STARTTLS", cancellationToken).ConfigureAwait(false);
            if (ready.Code != 220)
            {
                return new(LoginOutcome.TlsFailed, ready.Text);
            }

            await connection.StartTlsAsync(cancellationToken).ConfigureAwait(false);
            hello = await CommandAsync(connection, "EHLO [127.0.0.1]", cancellationToken).ConfigureAwait(false);
        }

        if (hello.Code != 250)
        {
            return new(LoginOutcome.ProtocolFault, hello.Text);
        }

        var mechanisms = hello.Lines
            .Where(line => line.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase) || line.StartsWith("AUTH=", StringComparison.OrdinalIgnoreCase))
            .SelectMany(line => line[5..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        Reply reply;
        if (mechanisms.Contains("PLAIN"))
        {
            using var message = SaslMessage.Plain("AUTH PLAIN ", user, password);
            await connection.WriteAsync(message.Line, cancellationToken).ConfigureAwait(false);
            reply = await AnswerAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        else if (mechanisms.Contains("LOGIN"))
        {
            reply = await CommandAsync(connection, "AUTH LOGIN", cancellationToken).ConfigureAwait(false);
            if (reply.Code == 334)
            {
                reply = await CommandAsync(connection, Convert.ToBase64String(Encoding.UTF8.GetBytes(user)), cancellationToken).ConfigureAwait(false);
            }

            if (reply.Code == 334)
            {
                using var message = SaslMessage.Password(password);
                await connection.WriteAsync(message.Line, cancellationToken).ConfigureAwait(false);
                reply = await AnswerAsync(connection, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            return new(LoginOutcome.NotOffered, "The server offers no login with a password on this connection.");
        }

        if (reply.Code == 334)
        {
            await connection.WriteLineAsync("*", cancellationToken).ConfigureAwait(false);
            return new(LoginOutcome.ProtocolFault, reply.Text);
        }

        var outcome = reply.Code switch
        {
            235 => LoginOutcome.LoginOk,
            535 => LoginOutcome.Refused,
            530 or 534 or 538 => LoginOutcome.NotOffered,
            >= 400 and < 500 => LoginOutcome.Unavailable,
            >= 500 and < 600 => LoginOutcome.Refused,
            _ => LoginOutcome.ProtocolFault,
        };
        await connection.TrySayAsync("QUIT", cancellationToken).ConfigureAwait(false);
        return new(outcome, reply.Text);
    }

    private static async Task<Reply> CommandAsync(LoginConnection connection, string command, CancellationToken cancellationToken)
    {
        await connection.WriteLineAsync(command, cancellationToken).ConfigureAwait(false);
        return await AnswerAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Reply> AnswerAsync(LoginConnection connection, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (lines.Count < 100)
        {
            var line = await connection.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            {
                return new(0, line, lines);
            }

            lines.Add(line.Length > 4 ? line[4..] : string.Empty);
            if (line.Length == 3 || line[3] != '-')
            {
                return new(code, line, lines);
            }
        }

        throw new InvalidDataException("The server sends lines without an answer.");
    }

    private sealed record Reply(int Code, string Text, List<string> Lines);
}
