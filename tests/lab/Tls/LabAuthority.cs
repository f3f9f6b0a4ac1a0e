using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Tls;

/// <summary>A certificate authority such as an admin has for their own servers: machines trust it only if configured to.</summary>
public sealed class LabAuthority : IDisposable
{
    private readonly LabFolder _folder = new("ca");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    /// <summary>Makes an authority that is good for a day.</summary>
    public LabAuthority()
    {
        var request = new CertificateRequest("CN=Lab authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        CaFile = _folder.Write("ca.pem", _certificate.ExportCertificatePem());
    }

    /// <summary>The authority's certificate, PEM.</summary>
    public string CaFile { get; }

    /// <summary>Signs a server's certificate.</summary>
    /// <param name="host">The one name that it is good for.</param>
    /// <returns>The files of the certificate and its key, PEM; the key is the given user's alone.</returns>
    public async Task<(string Certificate, string Key)> IssueAsync(string host, string user = "postgres")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var signed = request.Create(_certificate, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(20), RandomNumberGenerator.GetBytes(12));
        var certificateFile = _folder.Write(host + ".pem", signed.ExportCertificatePem());
        var keyFile = _folder.Write(host + ".key", key.ExportPkcs8PrivateKeyPem());
        // PostgreSQL takes no key that others could read; MariaDB runs as the tests' own user.
        await Command.RunAsync("/bin/chmod", ["0600", keyFile]);
        if (LabTools.IsRoot)
        {
            await Command.RunAsync("/bin/chown", [user + ":", keyFile]);
        }

        return (certificateFile, keyFile);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }
}
