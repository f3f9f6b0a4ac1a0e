using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;
using MailPass.Stores;

namespace MailPass.PowerShell.Commands;

/// <summary>Lists mailboxes: all, a domain's, those that fit a pattern, or the ones named.</summary>
[Cmdlet(VerbsCommon.Get, "MailboxAccount", DefaultParameterSetName = MailboxSet)]
[OutputType(typeof(MailboxInfo), typeof(string))]
public sealed class GetMailboxAccountCommand : MailStoreCommand
{
    private const string MailboxSet = "Mailbox";
    private const string DomainsSet = "Domains";

    /// <summary>Mailboxes or patterns with <c>*</c> and <c>?</c>; all where it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = MailboxSet)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [SupportsWildcards]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    /// <summary>Only mailboxes of these domains.</summary>
    [Parameter(ParameterSetName = MailboxSet)]
    [ArgumentCompleter(typeof(DomainCompleter))]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Domain { get; set; }

    /// <summary>Only mailboxes that can log in.</summary>
    [Parameter(ParameterSetName = MailboxSet)]
    public SwitchParameter ActiveOnly { get; set; }

    /// <summary>The domains instead of the mailboxes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DomainsSet)]
    public SwitchParameter ListDomain { get; set; }

    private protected override void Process()
    {
        if (ListDomain)
        {
            foreach (var domain in Read(Connection.Store.ListDomainsAsync))
            {
                WriteObject(domain);
            }

            return;
        }

        foreach (var identity in Identity ?? ["*"])
        {
            if (RefusedInput.Read(identity, out _) is null && WildcardPattern.ContainsWildcardCharacters(identity))
            {
                List(identity);
            }
            else
            {
                Find(identity);
            }
        }
    }

    private void List(string pattern)
    {
        foreach (var domain in Domain ?? [null!])
        {
            var query = new MailboxQuery
            {
                Domain = domain,
                AddressPattern = pattern == "*" ? null : pattern,
                IncludeInactive = !ActiveOnly,
            };
            foreach (var account in Read(token => Connection.Store.ListAsync(query, token)))
            {
                WriteObject(new MailboxInfo(account, Connection.Info.UnprefixedScheme));
            }
        }
    }

    private void Find(string identity)
    {
        if (!TryReadAddress(identity, out var address))
        {
            return;
        }

        var store = Connection.Store;
        if (store.Info.Scope.Refusal(address, MailboxActions.List) is { } refusal)
        {
            WriteFault(refusal, identity);
            return;
        }

        var found = Await(async token => (await store.FindAsync([address], token).ConfigureAwait(false))[0]);
        if (found is null)
        {
            WriteError(Fault.ToRecord(ErrorIds.MailboxNotFound, $"The store has no mailbox {address.Value}.", identity));
        }
        else if ((!ActiveOnly || found.State is MailboxState.Active) && IsInDomain(found.Address.Domain))
        {
            WriteObject(new MailboxInfo(found, Connection.Info.UnprefixedScheme));
        }
    }

    private bool IsInDomain(string domain) =>
        Domain is null || Domain.Any(wanted => string.Equals(wanted, domain, StringComparison.OrdinalIgnoreCase));
}
