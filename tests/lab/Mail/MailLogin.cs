using System.Net.Sockets;
using System.Text;

namespace MailPass.Lab.Mail;

/// <summary>Logs in as a mail program would, to see which password a server takes.</summary>
public static class MailLogin
{
    /// <summary>IMAP LOGIN.</summary>
    /// <returns>Whether the server let this user in.</returns>
    /// <exception cref="InvalidOperationException">The server answered neither yes nor no.</exception>
    public static async Task<bool> ImapAsync(int port, string user, string password)
    {
        using var connection = await ConnectAsync(port);
        await connection.ReadAsync(line => line.StartsWith("* OK", StringComparison.Ordinal));
        await connection.WriteAsync($"a LOGIN {Quote(user)} {Quote(password)}");
        var answer = await connection.ReadAsync(line => line.StartsWith("a ", StringComparison.Ordinal));
        return answer.StartsWith("a OK", StringComparison.Ordinal)
            || (answer.Contains("[AUTHENTICATIONFAILED]", StringComparison.Ordinal) ? false : throw new InvalidOperationException("IMAP answered: " + answer));
    }

    /// <summary>SMTP AUTH PLAIN at the submission service.</summary>
    /// <returns>Whether the server let this user in.</returns>
    /// <exception cref="InvalidOperationException">The server answered neither yes nor no.</exception>
    public static async Task<bool> SubmissionAsync(int port, string user, string password)
    {
        using var connection = await ConnectAsync(port);
        await connection.ReadAsync(line => line.StartsWith("220 ", StringComparison.Ordinal));
        await connection.WriteAsync("EHLO lab.example");
        await connection.ReadAsync(line => line.StartsWith("250 ", StringComparison.Ordinal));
        await connection.WriteAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}")));
        var answer = await connection.ReadAsync(line => line.Length > 3 && line[3] == ' ');
        return answer.StartsWith("235 ", StringComparison.Ordinal)
            || (answer.StartsWith("535 ", StringComparison.Ordinal) ? false : throw new InvalidOperationException("Submission answered: " + answer));
    }

    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static async Task<Connection> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        return new Connection(client);
    }

    private sealed class Connection(TcpClient client) : IDisposable
    {
        private readonly StreamReader _reader = new(client.GetStream(), Encoding.UTF8);

        public async Task<string> ReadAsync(Func<string, bool> wanted)
        {
            while (true)
            {
                var line = await _reader.ReadLineAsync() ?? throw new InvalidOperationException("The server closed the connection.");
                if (wanted(line))
                {
                    return line;
                }
            }
        }

        public async Task WriteAsync(string line) => await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));

        public void Dispose()
        {
            _reader.Dispose();
            client.Dispose();
        }
    }
}
