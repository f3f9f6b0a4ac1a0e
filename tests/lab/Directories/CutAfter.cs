using System.Net;
using System.Net.Sockets;

namespace MailPass.Lab.Directories;

/// <summary>
/// Relays between a client and a server on 127.0.0.1. Once, after the client has sent certain bytes and the server has
/// answered, it ends the connection before the answer comes through. Cut earlier, slapd crashes in mid-transaction.
/// </summary>
public sealed class CutAfter : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _mark;
    private readonly int _port;
    private int _cuts;

    /// <summary>Begins to listen.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="mark">What the client sends.</param>
    public CutAfter(int port, byte[] mark)
    {
        _port = port;
        _mark = mark;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The port for clients.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether it has cut a connection.</summary>
    public bool HasCut => Volatile.Read(ref _cuts) > 0;

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _port);
                var mute = new Mute();
                await Task.WhenAny(UpAsync(client.GetStream(), server.GetStream(), mute), DownAsync(server.GetStream(), client.GetStream(), mute));
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task UpAsync(NetworkStream client, NetworkStream server, Mute mute)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await client.ReadAsync(buffer)) > 0)
        {
            var isMark = buffer.AsSpan(0, read).IndexOf(_mark) >= 0 && Interlocked.Exchange(ref _cuts, 1) == 0;
            mute.IsOn = isMark;
            await server.WriteAsync(buffer.AsMemory(0, read));
            if (isMark)
            {
                await mute.Answered.Task;
                await Task.Delay(500);
                return;
            }
        }
    }

    private static async Task DownAsync(NetworkStream server, NetworkStream client, Mute mute)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await server.ReadAsync(buffer)) > 0)
        {
            if (mute.IsOn)
            {
                mute.Answered.TrySetResult();
            }
            else
            {
                await client.WriteAsync(buffer.AsMemory(0, read));
            }
        }
    }

    private sealed class Mute
    {
        private volatile bool _isOn;

        public bool IsOn
        {
            get => _isOn;
            set => _isOn = value;
        }

        public TaskCompletionSource Answered { get; } = new();
    }
}
