using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace MailPass.Lab.Mail;

/// <summary>Logs in with MailKit, a mail library that shares no code with MailPass, to see which password a server takes.</summary>
public static class MailLogin
{
    /// <summary>IMAP LOGIN.</summary>
    /// <returns>Whether the server let this user in.</returns>
    /// <exception cref="InvalidOperationException">The server answered neither yes nor no.</exception>
    public static async Task<bool> ImapAsync(int port, string user, string password)
    {
        using var client = new ImapClient();
        return await TryAsync(client, "127.0.0.1", port, SecureSocketOptions.None, "Authentication failed", () =>
        {
            // Without a mechanism it says LOGIN.
            client.AuthenticationMechanisms.Clear();
            return client.AuthenticateAsync(Encoding.UTF8, user, password);
        });
    }

    /// <summary>SMTP AUTH PLAIN at the submission service.</summary>
    /// <returns>Whether the server let this user in.</returns>
    /// <exception cref="InvalidOperationException">The server answered neither yes nor no.</exception>
    public static Task<bool> SubmissionAsync(int port, string user, string password) =>
        PlainAsync(new SmtpClient(), "127.0.0.1", port, SecureSocketOptions.None, user, password);

    /// <summary>AUTH PLAIN over IMAP or submission, to a server that shows this certificate of the lab if it encrypts.</summary>
    /// <returns>Whether the server let this user in.</returns>
    /// <exception cref="InvalidOperationException">The server answered neither yes nor no.</exception>
    public static async Task<bool> PlainAsync(MailService client, string host, int port, SecureSocketOptions security, string user, string password, X509Certificate2? certificate = null)
    {
        using (client)
        {
            client.ServerCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate?.GetCertHashString();
            return await TryAsync(client, host, port, security, client is ImapClient ? "Authentication failed" : "535", () =>
                client.AuthenticateAsync(new SaslMechanismPlain(Encoding.UTF8, user, password)));
        }
    }

    private static async Task<bool> TryAsync(MailService client, string host, int port, SecureSocketOptions security, string refusal, Func<Task> logIn)
    {
        await client.ConnectAsync(host, port, security);
        try
        {
            await logIn();
            await client.DisconnectAsync(quit: true);
            return true;
        }
        catch (AuthenticationException answer)
        {
            return answer.Message.Contains(refusal, StringComparison.Ordinal) ? false : throw new InvalidOperationException("The server answered: " + answer.Message, answer);
        }
    }
}
