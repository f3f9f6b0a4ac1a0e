using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailPass.Lab.Mail;

/// <summary>A mail client's connection, as simple as possible, so that a test sees whether it lives.</summary>
public sealed class ImapConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;
    private readonly NetworkStream _stream;

    private ImapConnection(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
        _reader = new StreamReader(_stream, Encoding.UTF8);
    }

    /// <summary>Logs in; the test fails if the server refuses.</summary>
    public static async Task<ImapConnection> LoginAsync(int port, string mailbox, string password) =>
        await TryLoginAsync(port, mailbox, password) ?? throw new InvalidOperationException($"{mailbox} was refused.");

    /// <summary>Logs in; null if the server refuses or closes the connection.</summary>
    public static async Task<ImapConnection?> TryLoginAsync(int port, string mailbox, string password)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            var connection = new ImapConnection(client);
            await connection._reader.ReadLineAsync();
            if (await connection.CommandAsync($"LOGIN \"{mailbox}\" \"{password}\""))
            {
                return connection;
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Hung up.
        }

        client.Dispose();
        return null;
    }

    /// <summary>Goes into IDLE on the inbox.</summary>
    public async Task IdleAsync()
    {
        if (!await CommandAsync("SELECT INBOX"))
        {
            throw new InvalidOperationException("The inbox cannot be opened.");
        }

        await SendAsync("i IDLE");
        string? line;
        do
        {
            line = await _reader.ReadLineAsync();
        }
        while (line?.StartsWith('+') == false);
        _ = line ?? throw new InvalidOperationException("The server hung up instead of idling.");
    }

    /// <summary>Leaves IDLE; false if the connection is dead.</summary>
    public async Task<bool> EndIdleAsync()
    {
        try
        {
            await SendAsync("DONE");
            return await ReadAnswerAsync("i");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether the server still answers.</summary>
    public async Task<bool> IsAliveAsync()
    {
        try
        {
            return await CommandAsync("NOOP");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    /// <summary>Waits until the server has ended the connection.</summary>
    public async Task UntilClosedAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync() is not null)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Cut off.
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }

    private async Task<bool> CommandAsync(string command)
    {
        await SendAsync("a " + command);
        return await ReadAnswerAsync("a");
    }

    private async Task SendAsync(string line) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));

    private async Task<bool> ReadAnswerAsync(string tag)
    {
        while (await _reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
            {
                return line.StartsWith(tag + " OK", StringComparison.Ordinal);
            }
        }

        return false;
    }
}
