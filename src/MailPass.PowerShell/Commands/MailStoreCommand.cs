using System.Globalization;
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

    /// <summary>Asks whether a mailbox is meant, naming it and its store.</summary>
    /// <inheritdoc cref="MailPassCommand.Confirms"/>
    private protected bool ConfirmsMailbox(string mailbox, string action, bool force) => Confirms($"{mailbox} in {Connection}", action, force);

    /// <summary>Asks once whether all mailboxes of a domain are meant, with their number.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="count">Counts its mailboxes; only called if somebody is asked.</param>
    /// <param name="action">What is to be done to them.</param>
    /// <param name="force">Whether the answer is known; that does not take an explicit <c>-Confirm</c> away.</param>
    private protected bool ConfirmsDomain(string domain, Func<long> count, string action, bool force)
    {
        var isSaid = MyInvocation.BoundParameters.TryGetValue("Confirm", out var said);
        if (IsWhatIf || (isSaid ? said is SwitchParameter { IsPresent: false } : force))
        {
            return true;
        }

        var number = count();
        var mailboxes = number == 1 ? "the one mailbox" : string.Create(CultureInfo.CurrentCulture, $"all {number:N0} mailboxes");
        return number == 0 || Confirms($"{mailboxes} of {domain} in {Connection}", action, force);
    }

    private protected override object? FaultTarget => MailStore ?? RunspaceStores.Current.Default;
}
