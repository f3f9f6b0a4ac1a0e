using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailPass.Lab.Mail;

/// <summary>A self-signed certificate for <c>localhost</c>, valid for a day.</summary>
public static class ServerCertificate
{
    private static readonly Lazy<X509Certificate2> s_own = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    });

    /// <summary>The one of all servers that this process starts, with its key.</summary>
    public static X509Certificate2 Own => s_own.Value;

    /// <summary>Its key in PEM.</summary>
    public static string KeyPem()
    {
        using var key = Own.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }
}
