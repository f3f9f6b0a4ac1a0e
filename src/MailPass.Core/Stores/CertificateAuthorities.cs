using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailPass.Stores;

/// <summary>A file with the certificates of the authorities that sign an admin's own servers.</summary>
public static class CertificateAuthorities
{
    /// <summary>Reads the certificates of a file, one or more, in PEM (<c>-----BEGIN CERTIFICATE-----</c>, RFC 7468).</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: it cannot be read or has no certificate.</exception>
    public static X509Certificate2Collection Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"The authorities' certificates cannot be read from '{path}': {e.Message}", "Name a PEM file that the current user may read.", e);
        }

        return certificates.Count > 0
            ? certificates
            : throw new MailPassException(ErrorIds.InputInvalid, $"'{path}' contains no certificate.", "Name a PEM file: its certificates begin with -----BEGIN CERTIFICATE-----.");
    }
}
