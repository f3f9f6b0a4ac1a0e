using System.Text;
using MailPass.Secrets;

namespace MailPass.Sessions.Logins;

/// <summary>The IMAP half of a login attempt (RFC 9051 §6.1, §6.2).</summary>
internal static class ImapLogin
{
    public static async Task<LoginVerdict> TryAsync(LoginConnection connection, LoginTarget target, string user, Secret password, CancellationToken cancellationToken)
    {
        var greeting = await connection.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (!greeting.StartsWith("* OK", StringComparison.OrdinalIgnoreCase))
        {
            return new(greeting.StartsWith("* BYE", StringComparison.OrdinalIgnoreCase) ? LoginOutcome.Unavailable : LoginOutcome.ProtocolFault, greeting);
        }

        if (target.Security == LoginSecurity.StartTls)
        {
            var (answer, _) = await CommandAsync(connection, "t1", "STARTTLS", cancellationToken).ConfigureAwait(false);
            if (!IsOk(answer))
            {
                return new(LoginOutcome.TlsFailed, answer);
            }

            await connection.StartTlsAsync(cancellationToken).ConfigureAwait(false);
        }

        // Read again after the encryption: anyone could have sent the earlier answer.
        var (_, untagged) = await CommandAsync(connection, "t2", "CAPABILITY", cancellationToken).ConfigureAwait(false);
        var capabilities = untagged
            .Where(line => line.StartsWith("* CAPABILITY ", StringComparison.OrdinalIgnoreCase))
            .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var verdict = await AuthenticateAsync(connection, capabilities, user, password, cancellationToken).ConfigureAwait(false);
        await connection.TrySayAsync("t9 LOGOUT", cancellationToken).ConfigureAwait(false);
        return verdict;
    }

    private static async Task<LoginVerdict> AuthenticateAsync(LoginConnection connection, HashSet<string> capabilities, string user, Secret password, CancellationToken cancellationToken)
    {
        string answer;
        if (capabilities.Contains("AUTH=PLAIN"))
        {
            // RFC 4959: a round trip is saved if the server accepts the message in the command's own line.
            var inOneLine = capabilities.Contains("SASL-IR");
            if (!inOneLine)
            {
                await connection.WriteLineAsync("t3 AUTHENTICATE PLAIN", cancellationToken).ConfigureAwait(false);
                (answer, _) = await AnswerAsync(connection, "t3", cancellationToken).ConfigureAwait(false);
                if (!IsContinue(answer))
                {
                    return Judge(answer);
                }
            }

            using var message = SaslMessage.Plain(inOneLine ? "t3 AUTHENTICATE PLAIN " : string.Empty, user, password);
            await connection.WriteAsync(message.Line, cancellationToken).ConfigureAwait(false);
        }
        else if (capabilities.Contains("AUTH=LOGIN"))
        {
            (answer, _) = await CommandAsync(connection, "t3", "AUTHENTICATE LOGIN", cancellationToken).ConfigureAwait(false);
            if (!IsContinue(answer))
            {
                return Judge(answer);
            }

            await connection.WriteLineAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(user)), cancellationToken).ConfigureAwait(false);
            (answer, _) = await AnswerAsync(connection, "t3", cancellationToken).ConfigureAwait(false);
            if (!IsContinue(answer))
            {
                return Judge(answer);
            }

            using var message = SaslMessage.Password(password);
            await connection.WriteAsync(message.Line, cancellationToken).ConfigureAwait(false);
        }
        else if (!capabilities.Contains("LOGINDISABLED"))
        {
            // As literals, so that no character of user or password is taken for syntax.
            var userBytes = Encoding.UTF8.GetBytes(user);
            (answer, _) = await CommandAsync(connection, "t3", $"LOGIN {{{userBytes.Length}}}", cancellationToken).ConfigureAwait(false);
            if (!IsContinue(answer))
            {
                return Judge(answer);
            }

            await connection.WriteAsync((byte[])[.. userBytes, .. Encoding.ASCII.GetBytes($" {{{password.Length}}}\r\n")], cancellationToken).ConfigureAwait(false);
            (answer, _) = await AnswerAsync(connection, "t3", cancellationToken).ConfigureAwait(false);
            if (!IsContinue(answer))
            {
                return Judge(answer);
            }

            using var message = SaslMessage.Literal(password);
            await connection.WriteAsync(message.Line, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            return new(LoginOutcome.NotOffered, "The server offers no login with a password on this connection.");
        }

        (answer, _) = await AnswerAsync(connection, "t3", cancellationToken).ConfigureAwait(false);
        if (IsContinue(answer))
        {
            // The server asks for more than the mechanism has: cancel it (RFC 9051 §6.2.2).
            await connection.WriteLineAsync("*", cancellationToken).ConfigureAwait(false);
            return new(LoginOutcome.ProtocolFault, answer);
        }

        return Judge(answer);
    }

    // RFC 5530: the codes distinguish a wrong password from a server that cannot verify it.
    private static LoginVerdict Judge(string answer)
    {
        if (IsOk(answer))
        {
            return new(LoginOutcome.LoginOk, answer);
        }

        if (answer.StartsWith("* BYE", StringComparison.OrdinalIgnoreCase))
        {
            return new(LoginOutcome.Unavailable, answer);
        }

        if (!answer.StartsWith("t3 NO", StringComparison.OrdinalIgnoreCase))
        {
            return new(LoginOutcome.ProtocolFault, answer);
        }

        string[] unjudged = ["[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[SERVERBUG]", "[OVERQUOTA]", "[CONTACTADMIN]"];
        string[] forbidden = ["[PRIVACYREQUIRED]"];
        return new(
            forbidden.Any(code => answer.Contains(code, StringComparison.OrdinalIgnoreCase)) ? LoginOutcome.NotOffered
            : unjudged.Any(code => answer.Contains(code, StringComparison.OrdinalIgnoreCase)) ? LoginOutcome.Unavailable
            : LoginOutcome.Refused,
            answer);
    }

    private static bool IsOk(string answer) => answer.Length > 2 && answer.AsSpan(2).StartsWith(" OK", StringComparison.OrdinalIgnoreCase);

    private static bool IsContinue(string answer) => answer.StartsWith('+');

    private static async Task<(string Answer, List<string> Untagged)> CommandAsync(LoginConnection connection, string tag, string command, CancellationToken cancellationToken)
    {
        await connection.WriteLineAsync(tag + " " + command, cancellationToken).ConfigureAwait(false);
        return await AnswerAsync(connection, tag, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<(string Answer, List<string> Untagged)> AnswerAsync(LoginConnection connection, string tag, CancellationToken cancellationToken)
    {
        var untagged = new List<string>();
        while (untagged.Count < 100)
        {
            var line = await connection.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (line.StartsWith(tag + " ", StringComparison.OrdinalIgnoreCase) || IsContinue(line) || line.StartsWith("* BYE", StringComparison.OrdinalIgnoreCase))
            {
                return (line, untagged);
            }

            untagged.Add(line);
        }

        throw new InvalidDataException("The server sends lines without an answer.");
    }
}
