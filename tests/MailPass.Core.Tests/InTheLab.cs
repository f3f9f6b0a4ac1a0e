using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using MailPass.Lab.Processes;

namespace MailPass.Core.Tests;

/// <summary>Skips a test if the machine lacks something.</summary>
internal static class InTheLab
{
    /// <summary>Starts something of the lab; the test is skipped if this machine does not have it.</summary>
    public static async Task<T> TryAsync<T>(Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (LabUnavailableException e)
        {
            Skip.If(true, e.Message);
            throw;
        }
    }

    /// <summary>An address of this machine besides loopback, to which connections must be encrypted; the test is skipped if there is none.</summary>
    public static IPAddress OtherAddress()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)
            .FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(one));
        Skip.If(address is null, "This machine has no address but loopback.");
        return address!;
    }
}
