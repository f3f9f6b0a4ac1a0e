using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Doors;

/// <summary>Serves the poppassd protocol on sockets, many connections at once.</summary>
/// <param name="door">The door that does the work; stays the caller's.</param>
/// <param name="logger">Receives events, never secrets.</param>
public sealed class PoppassdServer(OwnersDoor door, ILogger? logger = null)
{
    /// <summary>The default for the most connections at once.</summary>
    public const int DefaultConnections = 250;

    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private int _open;

    /// <summary>The most connections at once, 1 or more; the next client is asked to come again.</summary>
    public int MostConnections { get; init; } = DefaultConnections;

    /// <summary>The certificate for TLS from the first byte; read for each connection, so that a renewed certificate is used. <see langword="null"/> for no TLS.</summary>
    public Func<SslServerAuthenticationOptions>? Tls { get; init; }

    /// <summary>How long conversations may take.</summary>
    public DoorTimes Times { get; init; } = new();

    /// <summary>Accepts connections until it is stopped; then waits for changes that have begun.</summary>
    /// <param name="listeners">Sockets that listen; they are disposed of.</param>
    /// <param name="stop">Stops it.</param>
    public async Task RunAsync(IReadOnlyList<Socket> listeners, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(listeners);
        await Task.WhenAll(listeners.Select(listener => AcceptAsync(listener, stop))).ConfigureAwait(false);
    }

    /// <summary>Serves one connection.</summary>
    /// <param name="connection">The connection; it is disposed of.</param>
    /// <param name="client">Who it is.</param>
    /// <param name="stop">The service stops.</param>
    public async Task ServeAsync(Socket connection, DoorClient client, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(client);
        PoppassdConversation? conversation = null;
        using (connection)
        {
            var plain = new NetworkStream(connection, ownsSocket: false);
            await using var closingPlain = plain.ConfigureAwait(false);
            try
            {
                var secure = Tls is null ? null : await SecureAsync(plain, Tls(), stop).ConfigureAwait(false);
                await using var closing = (secure ?? (Stream)plain).ConfigureAwait(false);
                conversation = new PoppassdConversation(secure ?? (Stream)plain, secure ?? (Stream)plain, door, client, Times);
                await conversation.RunAsync(stop).ConfigureAwait(false);
                await CloseAsync(secure, connection).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or AuthenticationException or OperationCanceledException)
            {
                DoorEvents.Gone(_logger, client.Name, fault.Message);
            }
        }

        if (conversation?.Changed is { } mailbox)
        {
            await door.EndWebmailAsync(mailbox, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Serves one conversation over a pair of streams, as from a pipe.</summary>
    /// <param name="input">The client's lines; stays the caller's.</param>
    /// <param name="output">The answers; stays the caller's.</param>
    /// <param name="client">Who it is.</param>
    /// <param name="stop">The service stops.</param>
    public async Task ServeAsync(Stream input, Stream output, DoorClient client, CancellationToken stop)
    {
        var conversation = new PoppassdConversation(input, output, door, client, Times);
        try
        {
            await conversation.RunAsync(stop).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            DoorEvents.Gone(_logger, client.Name, fault.Message);
        }

        if (conversation.Changed is { } mailbox)
        {
            await door.EndWebmailAsync(mailbox, stop).ConfigureAwait(false);
        }
    }

    private async Task AcceptAsync(Socket listener, CancellationToken stop)
    {
        var served = new HashSet<Task>();
        using (listener)
        {
            while (!stop.IsCancellationRequested)
            {
                Socket connection;
                try
                {
                    connection = await listener.AcceptAsync(stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    break;
                }
                catch (SocketException fault)
                {
                    // The client left before it was accepted, or there are no descriptors left for a moment.
                    DoorEvents.Gone(_logger, "Accepting", fault.Message);
                    await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);
                    continue;
                }

                var serving = LetInAsync(connection, stop);
                lock (served)
                {
                    served.Add(serving);
                }

                _ = serving.ContinueWith(Leave, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        Task[] left;
        lock (served)
        {
            left = [.. served];
        }

        await Task.WhenAll(left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        void Leave(Task task)
        {
            lock (served)
            {
                served.Remove(task);
            }
        }
    }

    private async Task LetInAsync(Socket connection, CancellationToken stop)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var client = DoorClient.Unknown;
        var open = Interlocked.Increment(ref _open);
        try
        {
            client = DoorClient.Of(connection);
            if (open > MostConnections)
            {
                DoorEvents.Busy(_logger, MostConnections, client.Name);
                if (Tls is null)
                {
                    await connection.SendAsync("500 Too many people are changing their passwords. Please try again in a moment.\r\n"u8.ToArray(), stop).ConfigureAwait(false);
                }

                return;
            }

            await ServeAsync(connection, client, stop).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            DoorEvents.Fault(_logger, client.Name, $"{fault.GetType().Name}: {fault.Message}", (fault as MailPassException)?.ErrorId ?? ErrorIds.Unexpected);
        }
        finally
        {
            connection.Dispose();
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task<SslStream> SecureAsync(NetworkStream plain, SslServerAuthenticationOptions options, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Times.Answer);
        var stream = new SslStream(plain, leaveInnerStreamOpen: true);
        try
        {
            await stream.AuthenticateAsServerAsync(options, patience.Token).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // A connection that is closed with bytes unread is reset, and the last answer may be lost with it.
    private static async Task CloseAsync(SslStream? secure, Socket connection)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        if (secure is not null)
        {
            await secure.ShutdownAsync().ConfigureAwait(false);
        }

        connection.Shutdown(SocketShutdown.Send);
        var rest = new byte[4096];
        for (var i = 0; i < 16 && await connection.ReceiveAsync(rest, patience.Token).ConfigureAwait(false) > 0; i++)
        {
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(rest);
    }
}
