using System.Net;
using System.Net.Sockets;

namespace MailPass.Doors;

/// <summary>Who is at the door: the machine or the local user that a connection comes from.</summary>
/// <param name="Name">For logs: an address, or <c>uid 33</c>.</param>
/// <param name="Key">The key for counting guesses: the address, or for IPv6 its /64, which one household has.</param>
public sealed record DoorClient(string Name, string Key)
{
    /// <summary>An unknown client: a program that talks through a pipe.</summary>
    public static DoorClient Unknown { get; } = new("standard input", "standard input");

    /// <summary>The client at an address.</summary>
    /// <param name="address">The address.</param>
    public static DoorClient At(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var name = address.ToString();
        return new(name, address.AddressFamily is AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address)
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) + "::/64"
            : name);
    }

    /// <summary>The client behind a socket.</summary>
    /// <param name="socket">A connection.</param>
    public static DoorClient Of(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.AddressFamily is not AddressFamily.Unix)
        {
            return socket.RemoteEndPoint is IPEndPoint point ? At(point.Address) : Unknown;
        }

        // unix(7), SO_PEERCRED: struct ucred is the process, the user and the group, 32 bits each.
        const int SocketLevel = 1;
        const int PeerCredentials = 17;
        Span<byte> credentials = stackalloc byte[12];
        if (!OperatingSystem.IsLinux() || socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) != credentials.Length)
        {
            return new("the Unix socket", "the Unix socket");
        }

        var user = FormattableString.Invariant($"uid {BitConverter.ToUInt32(credentials[4..])}");
        return new(user, user);
    }
}
