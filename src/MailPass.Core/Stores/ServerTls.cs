using System.Net;

namespace MailPass.Stores;

/// <summary>Where a connection has to be encrypted, and by whose word the server is believed.</summary>
internal static class ServerTls
{
    /// <summary>Whether a connection stays on this machine, where nobody can listen in between.</summary>
    /// <param name="location">The store.</param>
    public static bool StaysHere(StoreLocation location) =>
        location.Path is not null
        || location.Server is null
        || location.Server.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(location.Server, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether a connection may go unencrypted, where the server has no TLS.</summary>
    /// <param name="location">The store.</param>
    /// <param name="options">How it is opened.</param>
    public static bool MayBePlain(StoreLocation location, StoreOpenOptions options) => StaysHere(location) || options.AllowPlaintext;

    /// <summary>The authorities' file for the driver, checked; <see langword="null"/> where the machine's own are meant.</summary>
    /// <param name="location">The store.</param>
    /// <param name="options">How it is opened.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the file is no such file.</exception>
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
