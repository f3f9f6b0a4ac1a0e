using System.Management.Automation;
using System.Management.Automation.Host;
using MailPass.Rows;

namespace MailPass.PowerShell.Pipeline;

/// <summary>What must be said when the pipeline is over and its streams are closed.</summary>
internal static class HostMessages
{
    /// <summary>Whether a question failed because nobody can be asked: -NonInteractive, a host without prompts, or an input that is at its end, which PowerShell's own prompt does not expect (a null reference).</summary>
    public static bool CannotAsk(Exception fault) =>
        fault is PSInvalidOperationException or PSNotImplementedException or NotImplementedException or HostException or NullReferenceException;

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
