using System.Management.Automation;
using MailPass.Changes;
using MailPass.Import;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;

namespace MailPass.PowerShell.Commands;

/// <summary>The common base of cmdlets that work with a store.</summary>
public abstract class MailStoreCommand : MailPassCommand
{
    /// <summary>The store to work with; the runspace's default if it is left out.</summary>
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

    /// <summary>Asks for confirmation of a mailbox, naming it and its store.</summary>
    /// <inheritdoc cref="MailPassCommand.Confirms"/>
    private protected bool ConfirmsMailbox(string mailbox, string action, bool force) =>
        IsSettled(force) || Confirms($"{mailbox} in {Connection}", action, force);

    /// <summary>Asks once for confirmation of all mailboxes of a selection, with their number.</summary>
    /// <param name="selection">The domain, or a pattern of domains.</param>
    /// <param name="exclusions">The mailboxes that are left alone.</param>
    /// <param name="shard">This host's part; <see langword="null"/> for all.</param>
    /// <param name="action">The action.</param>
    /// <param name="force">Whether to skip the question; an explicit <c>-Confirm</c> still applies.</param>
    private protected bool ConfirmsSelection(DomainSelection selection, Exclusions exclusions, Shard? shard, string action, bool force)
    {
        // A dry run of one domain names each mailbox; the number helps if there are several domains or exclusions.
        var isSaid = MyInvocation.BoundParameters.TryGetValue("Confirm", out var said);
        if (IsWhatIf ? !selection.IsPattern && exclusions.IsEmpty : isSaid ? said is SwitchParameter { IsPresent: false } : force)
        {
            return true;
        }

        // The runspace's store is known on the pipeline thread alone.
        var store = Connection.Store;
        var count = Await(token => selection.CountAsync(store, exclusions, shard, token));
        return count.Mailboxes == 0 || Confirms($"{count} in {Connection}", action, force) || IsWhatIf;
    }

    /// <summary>Reads the entries of <c>-Exclude</c>, and warns of those that match no mailbox before anything is done.</summary>
    /// <param name="exclude">Mailboxes, patterns and files.</param>
    /// <param name="action">The action, for the store's scope.</param>
    private protected Exclusions ReadExclusions(string[]? exclude, MailboxActions action)
    {
        if (exclude is null)
        {
            return Exclusions.None;
        }

        foreach (var text in exclude)
        {
            if (RefusedInput.Read(text, out _) is { } fault)
            {
                throw fault;
            }
        }

        // Begun here, because only the pipeline thread can resolve a path and the runspace's store.
        var reading = ExclusionInput.ReadAsync(exclude, FullPath, StopToken);
        var exclusions = Await(_ => reading);
        var store = Connection.Store;
        foreach (var warning in Await(token => exclusions.ResolveAsync(store, action, token)))
        {
            WriteWarning(warning);
        }

        return exclusions;
    }

    private protected override object? FaultTarget => MailStore ?? RunspaceStores.Current.Default;
}
