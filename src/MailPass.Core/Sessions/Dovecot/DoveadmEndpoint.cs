using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace MailPass.Sessions.Dovecot;

/// <summary>The address of a server's doveadm HTTP API, and whether it may be used without encryption.</summary>
internal static class DoveadmEndpoint
{
    private const string ApiPath = "/doveadm/v1";

    /// <summary>Checks an address and completes its path.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/> or <see cref="ErrorIds.StoreTlsRequired"/>.</exception>
    public static Uri Complete(Uri server, bool allowPlaintext)
    {
        if (!server.IsAbsoluteUri || (server.Scheme != Uri.UriSchemeHttps && server.Scheme != Uri.UriSchemeHttp) || server.Host.Length == 0)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"'{Shown(server)}' is not the address of a doveadm API.", "Write it as https://mx1.example.org:8080.");
        }

        if (server.UserInfo.Length > 0)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"The address of the doveadm API at {server.Authority} contains a name or password.", "Give the key by itself: an address ends up in logs and process lists.");
        }

        if (server.Query.Length > 0 || server.Fragment.Length > 0)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"The address of the doveadm API at {server.Authority} has a query or a fragment.", "Write it as https://mx1.example.org:8080.");
        }

        if (server.Scheme == Uri.UriSchemeHttp && !IsLoopback(server) && !allowPlaintext)
        {
            throw new MailPassException(
                ErrorIds.StoreTlsRequired,
                $"The doveadm API at {server.Authority} would get its key unencrypted over the network.",
                "Turn on ssl for the server's http listener and write https, or allow plain text.");
        }

        return server.AbsolutePath is "" or "/" ? new Uri(server, ApiPath) : server;
    }

    // Not Uri.IsLoopback: that also trusts names that may resolve to another machine.
    private static bool IsLoopback(Uri server) =>
        server.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(server.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is wrong with the address, an error about it can be shown.")]
    private static string Shown(Uri server)
    {
        try
        {
            return server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.SafeUnescaped);
        }
        catch (InvalidOperationException)
        {
            return "(relative address)";
        }
    }
}
