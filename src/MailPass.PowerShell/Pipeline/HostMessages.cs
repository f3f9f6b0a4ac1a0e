using System.Management.Automation.Host;
using MailPass.Rows;

namespace MailPass.PowerShell.Pipeline;

/// <summary>What must be said when the pipeline is over and its streams are closed.</summary>
internal static class HostMessages
{
    /// <summary>A warning to whoever sits before the host; nobody may, and that is no fault.</summary>
    public static void Warn(PSHost? host, string message)
    {
        try
        {
            host?.UI?.WriteWarningLine(Printable.Of(message));
        }
        catch (Exception fault) when (fault is NotImplementedException or HostException or NotSupportedException)
        {
            // A host without a screen.
        }
    }
}
