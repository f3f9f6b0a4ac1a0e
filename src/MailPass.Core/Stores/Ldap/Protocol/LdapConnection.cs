using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailPass.Platform;

namespace MailPass.Stores.Ldap.Protocol;

/// <summary>Where a directory listens and how the connection is protected.</summary>
internal sealed record LdapEndpoint
{
    /// <summary>The host; <see langword="null"/> for a Unix socket.</summary>
    public string? Host { get; init; }

    /// <summary>The port.</summary>
    public int Port { get; init; }

    /// <summary>The Unix socket's path.</summary>
    public string? Socket { get; init; }

    /// <summary>Whether it is encrypted, and from when on.</summary>
    public LdapSecurity Security { get; init; }

    /// <summary>The authorities that are trusted instead of the machine's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>Whether the certificate must come from a trusted authority and name the host; not needed only on a connection that nobody can intercept.</summary>
    public bool Verify { get; init; }
}

/// <summary>
/// One connection to a directory (RFC 4511). Any number of operations may be under way on it at once; answers are matched to
/// requests by number.
/// </summary>
internal sealed class LdapConnection : IAsyncDisposable
{
    // RFC 4511, section 4.4: a message with number 0 comes unrequested, and the only one defined announces the disconnection.
    private const int Unsolicited = 0;

    private readonly ConcurrentDictionary<int, Pending> _pending = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Socket _socket;
    private Stream _stream;
    private Task _reading = Task.CompletedTask;
    private IOException? _end;
    private int _lastId;

    private LdapConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Whether it can still be used.</summary>
    public bool IsAlive => _end is null;

    /// <summary>Connects and encrypts, without a bind.</summary>
    /// <param name="endpoint">Where.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="AuthenticationException">The server has no TLS, or a certificate that is not trusted.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<LdapConnection> ConnectAsync(LdapEndpoint endpoint, CancellationToken cancellationToken)
    {
        var socket = endpoint.Socket is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var connection = default(LdapConnection);
        try
        {
            EndPoint place = endpoint.Socket is { } path ? new UnixDomainSocketEndPoint(path) : new DnsEndPoint(endpoint.Host!, endpoint.Port);
            await socket.ConnectAsync(place, cancellationToken).ConfigureAwait(false);
            connection = new LdapConnection(socket);
            if (endpoint.Security is LdapSecurity.StartTls)
            {
                await connection.AskForTlsAsync(cancellationToken).ConfigureAwait(false);
            }

            if (endpoint.Security is not LdapSecurity.None)
            {
                await connection.EncryptAsync(endpoint, cancellationToken).ConfigureAwait(false);
            }

            connection._reading = Task.Run(connection.ReadAsync, CancellationToken.None);
            return connection;
        }
        catch
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                socket.Dispose();
            }

            throw;
        }
    }

    /// <summary>Sends an operation and waits for the answer.</summary>
    /// <param name="operation">From <see cref="LdapRequests"/>.</param>
    /// <param name="limit">How long the answer may take.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="controls">The controls that go with it.</param>
    /// <exception cref="IOException">The connection broke: the operation may have been executed or not.</exception>
    /// <exception cref="TimeoutException">The answer took too long.</exception>
    public async Task<LdapAnswer> SendAsync(Action<AsnWriter> operation, TimeSpan limit, CancellationToken cancellationToken, params LdapControl[] controls)
    {
        var id = Interlocked.Increment(ref _lastId);
        var pending = new Pending();
        _pending[id] = pending;
        try
        {
            var message = Encode(id, operation, controls);
            await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                // Not cancelled in the middle: half a message would make the connection useless for all others.
                ThrowIfEnded();
                await _stream.WriteAsync(message, _closing.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                throw _end ?? new IOException("The connection broke.", e);
            }
            finally
            {
                // It may contain a password.
                CryptographicOperations.ZeroMemory(message);
                _writing.Release();
            }

            if (_end is { } end)
            {
                pending.Source.TrySetException(end);
            }

            return await pending.Source.Task.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _pending.TryRemove(id, out _);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        if (_end is null && !_reading.IsCompleted)
        {
            try
            {
                // Nobody answers to it.
                await _stream.WriteAsync(Encode(Interlocked.Increment(ref _lastId), LdapRequests.Unbind, []), new CancellationTokenSource(1000).Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
            {
            }
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _socket.Dispose();
        _writing.Dispose();
        _closing.Dispose();
    }

    private static byte[] Encode(int id, Action<AsnWriter> operation, LdapControl[] controls)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            operation(writer);
            if (controls.Length > 0)
            {
                using (writer.PushSequence(LdapRequests.Context(0)))
                {
                    foreach (var control in controls)
                    {
                        Write(writer, control);
                    }
                }
            }
        }

        var message = writer.Encode();
        // Overwrites what it held.
        writer.Reset();
        return message;
    }

    private static void Write(AsnWriter writer, LdapControl control)
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(System.Text.Encoding.ASCII.GetBytes(control.Oid));
            if (control.IsCritical)
            {
                writer.WriteBoolean(true);
            }

            if (control.Value is not null)
            {
                writer.WriteOctetString(control.Value);
            }
        }
    }

    private void ThrowIfEnded()
    {
        if (_end is { } end)
        {
            throw end;
        }
    }

    private async Task AskForTlsAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encode(Interlocked.Increment(ref _lastId), LdapRequests.Extended(LdapRequests.StartTls), []), cancellationToken).ConfigureAwait(false);
        var buffer = new byte[4096];
        var received = 0;
        int length;
        while ((length = LdapReplies.LengthOf(buffer.AsSpan(0, received))) == 0 || length > received)
        {
            var read = length > buffer.Length || received == buffer.Length ? 0 : await _stream.ReadAsync(buffer.AsMemory(received), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw new IOException("The server closed the connection when it was asked for TLS.");
            }

            received += read;
        }

        if (received > length)
        {
            // Text that was sent before the encryption would be taken for the server's encrypted answer (such as CVE-2021-33515).
            throw new AuthenticationException("The server, or someone in between, sent data before the encryption.");
        }

        var answer = Parse(() =>
        {
            var (_, operation, content) = LdapReplies.Open(buffer.AsMemory(0, length));
            return LdapReplies.ReadResult(content, operation);
        });
        if (answer.Code is not LdapResultCode.Success)
        {
            throw new AuthenticationException($"The server refused to start TLS (STARTTLS): {answer}.");
        }
    }

    private async Task EncryptAsync(LdapEndpoint endpoint, CancellationToken cancellationToken)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = endpoint.Host };
        if (endpoint.Roots is { Count: > 0 } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            options.CertificateChainPolicy = policy;
        }

        if (!endpoint.Verify)
        {
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) => errors is SslPolicyErrors.None || certificate is not null;
        }

        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        var (start, end) = (0, 0);
        try
        {
            while (true)
            {
                var length = LdapReplies.LengthOf(buffer.AsSpan(start..end));
                if (length > 0 && length <= end - start)
                {
                    var message = buffer.AsMemory(start, length);
                    Parse(() => Take(message));
                    start += length;
                    continue;
                }

                if (start > 0)
                {
                    buffer.AsSpan(start..end).CopyTo(buffer);
                    (start, end) = (0, end - start);
                }

                if (Math.Max(length, end + 1) > buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Max(length, buffer.Length * 2));
                }

                var read = await _stream.ReadAsync(buffer.AsMemory(end), _closing.Token).ConfigureAwait(false);
                end += read > 0 ? read : throw new IOException("The server closed the connection.");
            }
        }
        catch (Exception e)
        {
            _end ??= e as IOException ?? new IOException(e is InvalidDataException ? e.Message : "The connection broke.", e);
        }

        foreach (var pending in _pending.Values)
        {
            pending.Source.TrySetException(_end);
        }
    }

    private static T Parse<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is AsnContentException or OverflowException)
        {
            throw new InvalidDataException("The server sent something that is not LDAP.", e);
        }
    }

    private bool Take(ReadOnlyMemory<byte> message)
    {
        var (id, operation, content) = LdapReplies.Open(message);
        if (id == Unsolicited)
        {
            _end = new IOException($"The server ended the connection: {ServerText.OneLine(LdapReplies.ReadResult(content, operation).ToString())}.");
            throw _end;
        }

        // An answer that nobody waits for any more is ignored.
        if (!_pending.TryGetValue(id, out var pending))
        {
            return false;
        }

        switch (operation)
        {
            case LdapReplies.SearchEntry:
                pending.Entries.Add(LdapReplies.ReadEntry(content));
                break;
            case LdapReplies.SearchReference:
                break;
            default:
                pending.Source.TrySetResult(LdapReplies.ReadResult(content, operation) with { Entries = pending.Entries });
                break;
        }

        return true;
    }

    private sealed class Pending
    {
        public TaskCompletionSource<LdapAnswer> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<LdapEntry> Entries { get; } = [];
    }
}
