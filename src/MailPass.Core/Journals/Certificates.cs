using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailPass.Journals;

/// <summary>The certificates of a run's recipients.</summary>
public static class Certificates
{
    /// <summary>Reads a certificate to seal to.</summary>
    /// <param name="path">PEM or DER.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static X509Certificate2 Load(string path) => Read(path, () => X509CertificateLoader.LoadCertificateFromFile(path));

    /// <summary>Reads a certificate with its private key.</summary>
    /// <param name="path">PEM with both, or PKCS #12.</param>
    /// <param name="passphrase">The key's passphrase; <see langword="null"/> if it has none.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static X509Certificate2 LoadWithKey(string path, string? passphrase)
    {
        var certificate = Read(path, () => File.ReadAllBytes(path).AsSpan().IndexOf("-----BEGIN "u8) < 0 ? X509CertificateLoader.LoadPkcs12FromFile(path, passphrase)
            : passphrase is null ? X509Certificate2.CreateFromPemFile(path)
            : X509Certificate2.CreateFromEncryptedPemFile(path, passphrase));
        return certificate.HasPrivateKey ? certificate : throw new MailPassException(ErrorIds.InputInvalid, $"{path} holds no private key.", "Name the file that has the certificate and its private key.");
    }

    /// <summary>The current user's certificates with private keys, on Windows; <see langword="null"/> elsewhere.</summary>
    public static X509Certificate2Collection? FromStore()
    {
        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        using var store = new X509Store(StoreName.My, System.Security.Cryptography.X509Certificates.StoreLocation.CurrentUser, OpenFlags.ReadOnly);
        return store.Certificates;
    }

    private static X509Certificate2 Read(string path, Func<X509Certificate2> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"{path} cannot be read as a certificate: {fault.Message}", "Name a certificate in PEM or DER; one with its private key in PEM or PKCS #12.", fault);
        }
    }
}
