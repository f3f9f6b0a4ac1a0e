using System.Management.Automation;
using System.Management.Automation.Host;
using MailPass.Rows;

namespace MailPass.PowerShell.Pipeline;

/// <summary>Messages after the end of the pipeline, when its streams are closed.</summary>
internal static class HostMessages
{
    /// <summary>Whether a question failed because nobody can be asked: -NonInteractive, a host without prompts, or an input that is at its end, which PowerShell's own prompt does not expect (a null reference).</summary>
    public static bool CannotAsk(Exception fault) =>
        fault is PSInvalidOperationException or PSNotImplementedException or NotImplementedException or HostException or NullReferenceException;

    /// <summary>Refuses to ask for a secret if PowerShell's console would silently end the whole process: it reads secrets only from a terminal.</summary>
    /// <param name="host">The host.</param>
    /// <exception cref="HostException">Standard input is not a terminal.</exception>
    public static void RequireTerminal(PSHost host)
    {
        if (host.Name == "ConsoleHost" && Console.IsInputRedirected)
        {
            throw new HostException("Standard input is not a terminal.");
        }
    }

    /// <summary>Shows a warning on the host, if the host can show one.</summary>
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
