using System.Net;

namespace MailPass.Stores;

/// <summary>Decides which connections must be encrypted, and which authorities are trusted.</summary>
internal static class ServerTls
{
    /// <summary>Whether a connection stays on this machine, where nobody can intercept it.</summary>
    /// <param name="location">The store.</param>
    public static bool StaysHere(StoreLocation location) =>
        location.Path is not null
        || location.Server is null
        || location.Server.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(location.Server, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether a connection may be unencrypted if the server has no TLS.</summary>
    /// <param name="location">The store.</param>
    /// <param name="options">How it is opened.</param>
    public static bool MayBePlain(StoreLocation location, StoreOpenOptions options) => StaysHere(location) || options.AllowPlaintext;

    /// <summary>The authorities' file for the driver, checked; <see langword="null"/> for the machine's own authorities.</summary>
    /// <param name="location">The store.</param>
    /// <param name="options">How it is opened.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the file is not such a file.</exception>
    public static string? AuthorityFile(StoreLocation location, StoreOpenOptions options)
    {
        if (options.AuthorityFile is not { } file || location.Path is not null)
        {
            return null;
        }

        foreach (var certificate in CertificateAuthorities.Read(file))
        {
            certificate.Dispose();
        }

        return Path.GetFullPath(file);
    }
}
