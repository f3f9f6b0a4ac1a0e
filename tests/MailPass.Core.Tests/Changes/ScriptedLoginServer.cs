using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailPass.Core.Tests.Changes;

/// <summary>An IMAP server that knows nothing but logins, and asks a test whether each is right.</summary>
internal sealed class ScriptedLoginServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string, bool> _accepts;

    /// <summary>Starts it.</summary>
    /// <param name="accepts">Whether a mailbox may log in with a password.</param>
    public ScriptedLoginServer(Func<string, string, bool> accepts)
    {
        _accepts = accepts;
        _listener.Start();
        _ = ServeAsync();
    }

    public string Uri => $"imap://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await TalkAsync(client.GetStream());
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        try
        {
            await stream.WriteAsync("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n"u8.ToArray());
            while (await reader.ReadLineAsync() is { } line)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(Answer(line.Split(' '))));
            }
        }
        catch (IOException)
        {
            // The client has heard enough.
        }
    }

    private string Answer(string[] words)
    {
        if (words is [var tag, "AUTHENTICATE", "PLAIN", var message])
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(message)).Split('\0');
            return _accepts(parts[^2], parts[^1]) ? $"{tag} OK in\r\n" : $"{tag} NO [AUTHENTICATIONFAILED] No.\r\n";
        }

        return (words is [_, "CAPABILITY"] ? "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n" : string.Empty) + $"{words[0]} OK\r\n";
    }
}
