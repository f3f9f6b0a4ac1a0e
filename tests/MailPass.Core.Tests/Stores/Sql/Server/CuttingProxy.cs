using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>
/// A proxy between a client and a database. It breaks the connection a given number of times when the client sends COMMIT: before the server
/// hears it, or after the server has answered and before the client hears that. It can also fall silent: connections are
/// taken and stay open, and nothing comes through any more.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly bool _serverHears;
    private int _cutsLeft;
    private int _cuts;
    private volatile string? _silentAt;
    private volatile TaskCompletionSource? _silence;

    public CuttingProxy(int target, bool serverHears)
    {
        _target = target;
        _serverHears = serverHears;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts => _cuts;

    /// <summary>Has the next COMMITs cut.</summary>
    public void Arm(int times = 1) => _cutsLeft = times;

    /// <summary>Falls silent when a client says a word.</summary>
    /// <param name="word">The word; <see langword="null"/> for at once. <c>commit</c> reaches the server if it should.</param>
    public void Silence(string? word = null)
    {
        _silentAt = word;
        if (word is null)
        {
            _silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Whether it has fallen silent.</summary>
    public bool IsSilent => _silence is not null;

    /// <summary>Ends the silence: what hung is closed, what comes is carried.</summary>
    public void Speak()
    {
        _silentAt = null;
        var silence = _silence;
        _silence = null;
        silence?.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Speak();
        await _stop.CancelAsync();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_stop.Token);
            }
            catch (Exception)
            {
                return;
            }

            _ = CarryAsync(client);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                if (_silence is { } still)
                {
                    await still.Task;
                    return;
                }

                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                var (fromClient, fromServer) = (client.GetStream(), server.GetStream());
                var deaf = new StrongBox();
                var back = BackAsync(fromServer, fromClient, deaf);
                var buffer = new byte[64 * 1024];
                int read;
                while ((read = await fromClient.ReadAsync(buffer, _stop.Token)) > 0)
                {
                    if (_silentAt is { } word && Says(word, buffer.AsSpan(0, read)))
                    {
                        Silence();
                        if (_serverHears)
                        {
                            deaf.Value = true;
                            await fromServer.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                        }
                    }

                    if (_silence is { } silence)
                    {
                        await silence.Task;
                        return;
                    }

                    if (Volatile.Read(ref _cutsLeft) > 0 && Says("commit", buffer.AsSpan(0, read))
                        && Interlocked.Decrement(ref _cutsLeft) >= 0)
                    {
                        Interlocked.Increment(ref _cuts);
                        if (_serverHears)
                        {
                            // The answer is taken, so the COMMIT is done, and then kept.
                            deaf.Value = true;
                            await fromServer.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                            await deaf.Answered.Task.WaitAsync(_stop.Token);
                        }

                        return;
                    }

                    await fromServer.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One side is gone; so is the other when this ends.
            }
        }
    }

    // As a word of its own: sessions begin with READ COMMITTED and synchronous_commit.
    private static bool Says(string word, ReadOnlySpan<byte> bytes) => Regex.IsMatch(Encoding.Latin1.GetString(bytes), $@"\b{word}\b", RegexOptions.IgnoreCase);

    private async Task BackAsync(NetworkStream fromServer, NetworkStream toClient, StrongBox deaf)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await fromServer.ReadAsync(buffer, _stop.Token)) > 0)
            {
                if (_silence is { } silence && !deaf.Value)
                {
                    await silence.Task;
                    return;
                }

                if (deaf.Value)
                {
                    deaf.Answered.TrySetResult();
                    return;
                }

                await toClient.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            deaf.Answered.TrySetResult();
        }
    }

    private sealed class StrongBox
    {
        public volatile bool Value;

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
