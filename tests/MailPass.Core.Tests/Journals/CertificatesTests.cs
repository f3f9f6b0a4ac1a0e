using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailPass.Journals;

namespace MailPass.Core.Tests.Journals;

public sealed class CertificatesTests : IDisposable
{
    private const string Passphrase = "opens-it";

    private readonly string _folder = Directory.CreateTempSubdirectory("mailpass-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("pem", false)]
    [InlineData("pem", true)]
    [InlineData("p12", false)]
    [InlineData("p12", true)]
    public void Private_key_is_read_with_or_without_a_passphrase(string kind, bool isEncrypted)
    {
        var path = Write(kind, isEncrypted);
        Assert.Equal(isEncrypted, Certificates.NeedsPassphrase(path));
        using var read = Certificates.LoadWithKey(path, isEncrypted ? Passphrase : null);
        Assert.True(read.HasPrivateKey);
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("p12")]
    public void Missing_or_wrong_passphrase_is_refused_with_a_remedy(string kind)
    {
        var path = Write(kind, isEncrypted: true);
        foreach (var passphrase in (string?[])[null, string.Empty, "another"])
        {
            var fault = Assert.Throws<MailPassException>(() => Certificates.LoadWithKey(path, passphrase));
            Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
            Assert.Contains("MAILPASS_KEY_PASSPHRASE", fault.Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Certificate_without_a_key_is_refused()
    {
        var path = Path.Combine(_folder, "cert.pem");
        using var certificate = Make(out var key);
        key.Dispose();
        File.WriteAllText(path, certificate.ExportCertificatePem());
        Assert.Throws<MailPassException>(() => Certificates.LoadWithKey(path, null));
        Assert.Throws<MailPassException>(() => Certificates.LoadWithKey(Path.Combine(_folder, "none.pem"), null));
        using var read = Certificates.Load(path);
        Assert.Equal(certificate.Thumbprint, read.Thumbprint);
    }

    private static X509Certificate2 Make(out RSA key)
    {
        key = RSA.Create(2048);
        return new CertificateRequest("CN=recipient", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private string Write(string kind, bool isEncrypted)
    {
        var path = Path.Combine(_folder, $"key.{kind}");
        using var certificate = Make(out var key);
        if (kind == "p12")
        {
            File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, isEncrypted ? Passphrase : null));
        }
        else
        {
            File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + (isEncrypted
                ? key.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000))
                : key.ExportPkcs8PrivateKeyPem()));
        }

        key.Dispose();
        return path;
    }
}
