using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailPass.Journals;

/// <summary>The certificates of a run's recipients.</summary>
public static class Certificates
{
    /// <summary>The environment variable with the passphrase of a private key.</summary>
    public const string PassphraseVariable = "MAILPASS_KEY_PASSPHRASE";

    /// <summary>Reads a certificate to seal to.</summary>
    /// <param name="path">PEM or DER.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static X509Certificate2 Load(string path) => Read(path, () => X509CertificateLoader.LoadCertificateFromFile(path));

    /// <summary>Whether the private key in a file is encrypted with a passphrase.</summary>
    /// <param name="path">PEM with certificate and key, or PKCS #12.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: it cannot be read.</exception>
    public static bool NeedsPassphrase(string path)
    {
        var bytes = Read(path, () => File.ReadAllBytes(path));
        if (IsPem(bytes))
        {
            return bytes.AsSpan().IndexOf("-----BEGIN ENCRYPTED PRIVATE KEY-----"u8) >= 0;
        }

        try
        {
            X509CertificateLoader.LoadPkcs12(bytes, null).Dispose();
            return false;
        }
        catch (CryptographicException)
        {
            // A file that is not PKCS #12 is reported when it is read with the passphrase.
            return true;
        }
    }

    /// <summary>Reads a certificate with its private key.</summary>
    /// <param name="path">PEM with both, or PKCS #12.</param>
    /// <param name="passphrase">The key's passphrase; <see langword="null"/> if it has none.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static X509Certificate2 LoadWithKey(string path, string? passphrase)
    {
        var isEncrypted = NeedsPassphrase(path);
        if (isEncrypted && string.IsNullOrEmpty(passphrase))
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"The private key in {path} is encrypted, and its passphrase is not known.", $"Set {PassphraseVariable} to it.");
        }

        var certificate = Read(
            path,
            () => !IsPem(File.ReadAllBytes(path)) ? X509CertificateLoader.LoadPkcs12FromFile(path, passphrase)
                : isEncrypted ? X509Certificate2.CreateFromEncryptedPemFile(path, passphrase)
                : X509Certificate2.CreateFromPemFile(path),
            isEncrypted ? $"Check the passphrase (a prompt, or {PassphraseVariable}) first. " : string.Empty);
        return certificate.HasPrivateKey ? certificate : throw new MailPassException(ErrorIds.InputInvalid, $"{path} has no private key.", "Name the file that has the certificate and its private key.");
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

    private static bool IsPem(ReadOnlySpan<byte> bytes) => bytes.IndexOf("-----BEGIN "u8) >= 0;

    private static T Read<T>(string path, Func<T> read, string remedy = "")
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"{path} cannot be read as a certificate: {fault.Message}", remedy + "Name a certificate in PEM or DER; one with its private key in PEM or PKCS #12.", fault);
        }
    }
}
