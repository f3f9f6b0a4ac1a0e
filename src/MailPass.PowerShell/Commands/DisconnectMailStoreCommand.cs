using System.Management.Automation;
using MailPass.PowerShell.Connection;

namespace MailPass.PowerShell.Commands;

/// <summary>Closes a store.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "MailStore")]
[OutputType(typeof(void))]
public sealed class DisconnectMailStoreCommand : MailPassCommand
{
    /// <summary>The store; the runspace's default if it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public MailStoreConnection? MailStore { get; set; }

    private protected override void Process()
    {
        // No store is connected, so there is nothing to do.
        if ((MailStore ?? RunspaceStores.Current.Default) is { } connection)
        {
            RunspaceStores.Current.Close(connection);
        }
    }
}
