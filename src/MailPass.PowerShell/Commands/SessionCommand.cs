using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;
using MailPass.Stores;

namespace MailPass.PowerShell.Commands;

/// <summary>What Get and Revoke share: which mailboxes are meant, gathered so that a system is asked about many at once.</summary>
public abstract class SessionCommand : MailStoreCommand
{
    private const int MostAtOnce = 1000;

    private readonly List<MailboxAddress> _gathered = [];
    private MailboxCount? _count;

    /// <summary>All mailboxes of these domains.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DomainCompleter))]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Domain { get; set; }

    /// <summary>Only sessions of these services: <c>imap</c>, <c>pop3</c>, <c>submission</c>, <c>webmail</c>…</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Service { get; set; }

    /// <summary>How many mailboxes the call names, where that is known.</summary>
    private protected long? Total => MyInvocation.ExpectingInput || Domain is null ? null
        : (_count ??= new MailboxCount(Connection.Store, [.. Domain.Select(QueryOf)], shard: null)).Known;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _count?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Takes the bound mailboxes in.</summary>
    private protected void Gather(IEnumerable<string> identities)
    {
        foreach (var identity in identities)
        {
            if (TryReadAddress(identity, out var address))
            {
                Gather(address);
            }
        }
    }

    /// <summary>Takes all mailboxes of the domains in.</summary>
    private protected void GatherDomains()
    {
        foreach (var domain in Domain ?? [])
        {
            if (Connection.Info.Scope.RefusalOfDomain(domain, Action) is { } refusal)
            {
                WriteFault(refusal, domain);
                continue;
            }

            var any = false;
            IEnumerable<MailboxAccount> List() => Read(token => Connection.Store.ListAsync(QueryOf(domain), token));
            if (!IsWanted(domain, () => List().LongCount()))
            {
                continue;
            }

            foreach (var account in List())
            {
                any = true;
                Gather(account.Address);
            }

            if (!any)
            {
                WriteError(Fault.ToRecord(ErrorIds.MailboxNotFound, $"The store has no mailbox in the domain {domain}.", domain));
            }
        }
    }

    /// <summary>Deals with what is left.</summary>
    private protected void Flush()
    {
        if (_gathered.Count > 0)
        {
            Handle([.. _gathered]);
            _gathered.Clear();
        }
    }

    /// <summary>Whether a mailbox is really meant; asked once for each.</summary>
    private protected virtual bool IsWanted(MailboxAddress mailbox) => true;

    /// <summary>Whether a domain's mailboxes are really meant; asked once for all of them.</summary>
    private protected virtual bool IsWanted(string domain, Func<long> count) => true;

    /// <summary>What is done, for the store's scope.</summary>
    private protected abstract MailboxActions Action { get; }

    /// <summary>Deals with up to a thousand mailboxes.</summary>
    private protected abstract void Handle(IReadOnlyList<MailboxAddress> mailboxes);

    private MailboxQuery QueryOf(string domain) => new() { Domain = domain, For = Action };

    private void Gather(MailboxAddress address)
    {
        if (Connection.Info.Scope.Refusal(address, Action) is { } refusal)
        {
            WriteFault(refusal, address.Value);
            return;
        }

        if (!IsWanted(address))
        {
            return;
        }

        _gathered.Add(address);
        if (_gathered.Count == MostAtOnce)
        {
            Flush();
        }
    }
}
