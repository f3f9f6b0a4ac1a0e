using System.Net;
using System.Net.Sockets;

namespace MailPass.Lab.Processes;

/// <summary>Ports on loopback that nobody listens on.</summary>
public static class FreePort
{
    private static readonly HashSet<int> _given = [];

    /// <summary>
    /// A port that was free a moment ago and that this process has not given out before. If another process takes it first,
    /// the server does not start, and its log says why.
    /// </summary>
    public static int Take()
    {
        lock (_given)
        {
            while (true)
            {
                using var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                var port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (_given.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
