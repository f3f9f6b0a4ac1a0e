using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MailPass.Platform;

namespace MailPass.Doors;

/// <summary>The sockets that a door listens on: its own, and those that systemd hands over.</summary>
public static class DoorSockets
{
    private const int FirstInherited = 3;

    /// <summary>Listens on a place.</summary>
    /// <param name="place"><c>127.0.0.1:106</c>, <c>[::1]:106</c>, or the path of a Unix socket.</param>
    /// <param name="hasTls">Whether TLS is spoken there.</param>
    /// <param name="mode">Who may connect to a Unix socket.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: it is not a valid place, or nobody can listen there; <see cref="ErrorIds.StoreTlsRequired"/>: passwords would leave this machine unencrypted.</exception>
    public static Socket Listen(string place, bool hasTls, UnixFileMode mode)
    {
        ArgumentException.ThrowIfNullOrEmpty(place);
        EndPoint point;
        if (place.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || place.StartsWith("unix:", StringComparison.Ordinal))
        {
            place = place.StartsWith("unix:", StringComparison.Ordinal) ? place[5..] : place;
            RemoveStale(place);
            point = new UnixDomainSocketEndPoint(place);
        }
        else if (IPEndPoint.TryParse(place, out var address) && address.Port > 0)
        {
            point = address;
        }
        else
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"'{place}' is not a place to listen on.", "Write 127.0.0.1:106, [::1]:106, or the path of a Unix socket.");
        }

        RequireSafe(point, hasTls);
        var socket = new Socket(point.AddressFamily, SocketType.Stream, point is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            socket.Bind(point);
            if (point is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(place, mode);
            }

            socket.Listen(512);
            return socket;
        }
        catch (Exception fault) when (fault is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new MailPassException(ErrorIds.InputInvalid, $"Nobody can listen on {place}: {fault.Message}.", "Choose another port or path, or let systemd open it (docs/poppassd.md).", fault);
        }
    }

    /// <summary>The sockets that systemd opened for this process (sd_listen_fds(3)); empty if there are none.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    public static IReadOnlyList<Socket> Inherited(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return environment("LISTEN_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            && int.TryParse(environment("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? [.. Enumerable.Range(FirstInherited, count).Select(descriptor => new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)))]
            : [];
    }

    /// <summary>Standard input as the connection that inetd or systemd handed over; <see langword="null"/> if it is something else.</summary>
    public static Socket? StandardInput()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            var socket = new Socket(new SafeSocketHandle(0, ownsHandle: false));
            if (socket.SocketType is SocketType.Stream && socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 or AddressFamily.Unix)
            {
                return socket;
            }

            socket.Dispose();
            return null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Whether a socket listens; else it is a connection.</summary>
    /// <param name="socket">The socket.</param>
    public static bool Listens(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is int and not 0;
    }

    /// <summary>Where a socket is, in words.</summary>
    /// <param name="socket">The socket.</param>
    public static string Describe(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.LocalEndPoint?.ToString() is { Length: > 0 } place ? place : "a Unix socket";
    }

    /// <summary>Makes sure that passwords stay on this machine, or are encrypted.</summary>
    /// <param name="place">Where clients connect to.</param>
    /// <param name="hasTls">Whether TLS is spoken there.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreTlsRequired"/>.</exception>
    public static void RequireSafe(EndPoint? place, bool hasTls)
    {
        if (!hasTls && place is IPEndPoint { Address: var address } && !IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))
        {
            throw new MailPassException(ErrorIds.StoreTlsRequired, $"{place} can be reached from other machines, and passwords would come unencrypted.", "Listen on 127.0.0.1 or a Unix socket, or give --certificate and --key.");
        }
    }

    // The socket of a killed process stays in the folder without anybody listening.
    private static void RemoveStale(string path)
    {
        // A connection to a file that is not a socket is refused too; binding then reports what is there.
        if (!File.Exists(path) || (!OperatingSystem.IsWindows() && FileSystem.Current.IsRegularFile(path)))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException fault) when (fault.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException)
        {
            // Not a socket at all; binding reports that.
            return;
        }

        throw new MailPassException(ErrorIds.InputInvalid, $"Somebody listens on {path} already.", "End the other process, or choose another path.");
    }
}
