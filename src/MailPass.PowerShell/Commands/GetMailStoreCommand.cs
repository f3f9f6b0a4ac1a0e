using System.Management.Automation;
using MailPass.PowerShell.Connection;

namespace MailPass.PowerShell.Commands;

/// <summary>The stores that this runspace has connected to, the default first.</summary>
[Cmdlet(VerbsCommon.Get, "MailStore")]
[OutputType(typeof(MailStoreConnection))]
public sealed class GetMailStoreCommand : MailPassCommand
{
    private protected override void End() => WriteObject(RunspaceStores.Current.Open, enumerateCollection: true);
}
