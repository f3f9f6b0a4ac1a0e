using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;

namespace MailPass.PowerShell.Commands;

/// <summary>Lists mailboxes: all, a domain's, those that match a pattern, or named ones.</summary>
[Cmdlet(VerbsCommon.Get, "MailboxAccount", DefaultParameterSetName = MailboxSet)]
[OutputType(typeof(MailboxInfo), typeof(string))]
public sealed class GetMailboxAccountCommand : MailStoreCommand
{
    private const string MailboxSet = "Mailbox";
    private const string DomainsSet = "Domains";

    /// <summary>Mailboxes or patterns with <c>*</c> and <c>?</c>; all if it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = MailboxSet)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [SupportsWildcards]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    /// <summary>Only mailboxes of these domains; <c>*</c> for all domains, <c>*.example.org</c> for those that fit.</summary>
    [Parameter(ParameterSetName = MailboxSet)]
    [ArgumentCompleter(typeof(DomainCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Domain { get; set; }

    /// <summary>Leaves these mailboxes alone: addresses, patterns with <c>*</c> and <c>?</c>, or a file of both.</summary>
    [Parameter(ParameterSetName = MailboxSet)]
    [MailboxTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Exclude { get; set; }

    /// <summary>Only mailboxes that can log in.</summary>
    [Parameter(ParameterSetName = MailboxSet)]
    public SwitchParameter ActiveOnly { get; set; }

    /// <summary>The domains instead of the mailboxes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DomainsSet)]
    public SwitchParameter ListDomain { get; set; }

    private Exclusions _exclusions = Exclusions.None;

    private protected override void Begin() => _exclusions = ReadExclusions(Exclude, MailboxActions.List);

    private protected override void End()
    {
        if (_exclusions.Summary is { } excluded)
        {
            Say(excluded);
        }
    }

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
        foreach (var domain in Domain ?? ["*"])
        {
            var selection = new DomainSelection(domain, MailboxActions.List, IncludeInactive: !ActiveOnly);
            if (selection.Refusal(Connection.Info) is { } refusal)
            {
                WriteFault(refusal, domain);
                continue;
            }

            // The store takes one pattern: that of the addresses, if both are patterns.
            var query = pattern == "*" ? selection.Query : selection.Query with { AddressPattern = pattern };
            foreach (var account in Read(token => Connection.Store.ListAsync(query, token)))
            {
                if (selection.Contains(account.Address) && !_exclusions.Excludes(account.Address))
                {
                    WriteObject(new MailboxInfo(account, Connection.Info.UnprefixedScheme));
                }
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
        else if ((!ActiveOnly || found.State is MailboxState.Active) && IsInDomain(found.Address) && !_exclusions.Excludes(found.Address))
        {
            WriteObject(new MailboxInfo(found, Connection.Info.UnprefixedScheme));
        }
    }

    private bool IsInDomain(MailboxAddress address) =>
        Domain is null || Domain.Any(wanted => new DomainSelection(wanted, MailboxActions.List).Contains(address));
}
