using System.Management.Automation;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;

namespace MailPass.PowerShell.Commands;

/// <summary>What all cmdlets share that work with a store.</summary>
public abstract class MailStoreCommand : MailPassCommand
{
    /// <summary>The store to work with; the runspace's default where it is left out.</summary>
    [Parameter]
    [ValidateNotNull]
    public MailStoreConnection? MailStore { get; set; }

    /// <summary>The store that was given, or the runspace's default.</summary>
    private protected MailStoreConnection Connection
    {
        get
        {
            var connection = MailStore ?? RunspaceStores.Current.Default;
            if (connection is null)
            {
                Fail(FaultIds.NotConnected, "No mail store is connected in this runspace.");
            }

            return connection;
        }
    }

    private protected override object? FaultTarget => MailStore ?? RunspaceStores.Current.Default;
}
