using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MailPass.Sessions.Logins;

/// <summary>A line-based connection that can switch to TLS.</summary>
internal sealed class LoginConnection : IAsyncDisposable
{
    /// <summary>More than any greeting, capability list or refusal needs.</summary>
    private const int MaxLineBytes = 64 * 1024;

    private readonly TcpClient _client = new();
    private readonly LoginTarget _target;
    private readonly LoginTestOptions _options;
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream = Stream.Null;
    private int _start;
    private int _end;

    private LoginConnection(LoginTarget target, LoginTestOptions options)
    {
        _target = target;
        _options = options;
    }

    /// <summary>Whether what is written now is encrypted.</summary>
    public bool IsEncrypted => _stream is SslStream;

    public static async Task<LoginConnection> OpenAsync(LoginTarget target, LoginTestOptions options, CancellationToken cancellationToken)
    {
        var connection = new LoginConnection(target, options);
        try
        {
            connection._client.NoDelay = true;
            await connection._client.ConnectAsync(target.Host, target.EffectivePort, cancellationToken).ConfigureAwait(false);
            connection._stream = connection._client.GetStream();
            if (target.Security == LoginSecurity.Tls)
            {
                await connection.StartTlsAsync(cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Switches to TLS; the certificate is verified for the target's name.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">No TLS, or no trust.</exception>
    public async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        if (_start < _end)
        {
            // Text that was sent before the encryption would be taken for the server's encrypted answer (such as CVE-2021-33515).
            throw new System.Security.Authentication.AuthenticationException("The server, or someone in between, sent text before the encryption.");
        }

        var options = new SslClientAuthenticationOptions { TargetHost = _target.Host };
        if (_options.TrustedRoots is { Count: > 0 } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            options.CertificateChainPolicy = policy;
        }

        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a line without its end.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = await _stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
                if (_end == 0)
                {
                    throw new EndOfStreamException("The server closed the connection.");
                }
            }

            var rest = _buffer.AsMemory(_start.._end);
            var lineEnd = rest.Span.IndexOf((byte)'\n');
            line.Append(Encoding.Latin1.GetString(rest.Span[..(lineEnd < 0 ? rest.Length : lineEnd)]));
            _start += lineEnd < 0 ? rest.Length : lineEnd + 1;
            if (lineEnd >= 0)
            {
                return line.ToString().TrimEnd('\r');
            }

            if (line.Length > MaxLineBytes)
            {
                throw new InvalidDataException("The server sent a line that is too long.");
            }
        }
    }

    /// <summary>Writes bytes as they are.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a line without a secret.</summary>
    public Task WriteLineAsync(string line, CancellationToken cancellationToken) =>
        WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken);

    /// <summary>Logs out if the server still listens; this does not change the verdict.</summary>
    public async Task TrySayAsync(string line, CancellationToken cancellationToken)
    {
        try
        {
            await WriteLineAsync(line, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The server closed the connection first.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        _client.Dispose();
    }
}
