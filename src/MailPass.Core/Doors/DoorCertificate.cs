using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Doors;

/// <summary>The certificate that a door shows, from PEM files. Renewed files are read when the next connection comes.</summary>
public sealed class DoorCertificate
{
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private SslServerAuthenticationOptions _options;
    private (DateTime Certificate, DateTime Key) _read;

    /// <summary>Reads the files.</summary>
    /// <param name="certificateFile">The certificate, followed by those of intermediate authorities.</param>
    /// <param name="keyFile">Its private key, without a password; nobody but its owner and group may read it.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: they cannot be read, or do not belong together.</exception>
    /// <param name="logger">Receives a warning if renewed files cannot be used.</param>
    public DoorCertificate(string certificateFile, string keyFile, ILogger? logger = null)
    {
        _logger = logger ?? NullLogger.Instance;
        (_certificateFile, _keyFile) = (certificateFile, keyFile);
        _read = Times();
        _options = Load();
    }

    /// <summary>How the next connection is secured.</summary>
    public SslServerAuthenticationOptions Options
    {
        get
        {
            lock (_gate)
            {
                var now = Times();
                if (now == _read)
                {
                    return _options;
                }

                _read = now;
                try
                {
                    _options = Load();
                }
                catch (MailPassException fault)
                {
                    // Half renewed: the old certificate stays in use until the next change of a file.
                    DoorEvents.Fault(_logger, "The renewed certificate", fault.Message, fault.ErrorId);
                }

                return _options;
            }
        }
    }

    private (DateTime Certificate, DateTime Key) Times() => (File.GetLastWriteTimeUtc(_certificateFile), File.GetLastWriteTimeUtc(_keyFile));

    private SslServerAuthenticationOptions Load()
    {
        try
        {
            const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_keyFile) & Others) != 0)
            {
                throw new MailPassException(ErrorIds.InputInvalid, $"The private key {_keyFile} can be read or written by others.", "Let its owner and group alone read it: chmod 640.");
            }

            var pem = X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(_certificateFile);

            // Windows uses a key for TLS only from a store, and this puts it into one.
            var own = pem;
            if (OperatingSystem.IsWindows())
            {
                own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
                pem.Dispose();
            }

            return new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true) };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"{_certificateFile} and {_keyFile} do not give a certificate for TLS: {fault.Message}", "Give a certificate and its private key, both in PEM.", fault);
        }
    }
}
