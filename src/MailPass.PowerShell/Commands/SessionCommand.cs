using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;

namespace MailPass.PowerShell.Commands;

/// <summary>The common base of Get and Revoke: the selected mailboxes, gathered so that a system is asked about many at once.</summary>
public abstract class SessionCommand : MailStoreCommand
{
    private const int MostAtOnce = 1000;

    private readonly List<MailboxAddress> _gathered = [];
    private MailboxCount? _count;

    /// <summary>All mailboxes of these domains; <c>*</c> for all domains, <c>*.example.org</c> for those that fit.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DomainCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Domain { get; set; }

    /// <summary>Leaves these mailboxes alone: addresses, patterns with <c>*</c> and <c>?</c>, or a file of both.</summary>
    [Parameter]
    [MailboxTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Exclude { get; set; }

    /// <summary>Only sessions of these services: <c>imap</c>, <c>pop3</c>, <c>submission</c>, <c>webmail</c>…</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Service { get; set; }

    /// <summary>How many mailboxes the call names, if that is known.</summary>
    private protected long? Total => MyInvocation.ExpectingInput || Domain is null ? null
        : (_count ??= new MailboxCount(Connection.Store, [.. Domain.Select(domain => Selection(domain).Query)], shard: null, Exclusions)).Known;

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
            var selection = Selection(domain);
            if (selection.Refusal(Connection.Info) is { } refusal)
            {
                WriteFault(refusal, domain);
                continue;
            }

            if (!IsWanted(selection))
            {
                continue;
            }

            var any = false;
            foreach (var account in Read(token => Connection.Store.ListAsync(selection.Query, token)))
            {
                any = true;
                Gather(account.Address);
            }

            if (!any)
            {
                WriteFault(selection.Nobody(Connection.Info), domain);
            }
        }
    }

    /// <summary>Processes the rest.</summary>
    private protected void Flush()
    {
        if (_gathered.Count > 0)
        {
            Handle([.. _gathered]);
            _gathered.Clear();
        }
    }

    /// <summary>Asks for confirmation of a mailbox, once for each.</summary>
    private protected virtual bool IsWanted(MailboxAddress mailbox) => true;

    /// <summary>Asks for confirmation of a domain's mailboxes, once for all of them.</summary>
    private protected virtual bool IsWanted(DomainSelection selection) => true;

    /// <summary>The mailboxes that are left alone.</summary>
    private protected Exclusions Exclusions { get; private set; } = Exclusions.None;

    private protected override void Begin() => Exclusions = ReadExclusions(Exclude, Action);

    /// <summary>Tells how many mailboxes were left alone.</summary>
    private protected void SayExcluded()
    {
        if (Exclusions.Summary is { } excluded)
        {
            Say(excluded);
        }
    }

    /// <summary>The action, for the store's scope.</summary>
    // Its name and not its value: for a value type in the signature of what is overridden, Windows' runtime asks for Core when
    // it loads the cmdlet, before the module's initializer has said where Core is.
    private protected abstract string ActionName { get; }

    private MailboxActions Action => Enum.Parse<MailboxActions>(ActionName);

    /// <summary>Deals with up to a thousand mailboxes.</summary>
    private protected abstract void Handle(IReadOnlyList<MailboxAddress> mailboxes);

    private DomainSelection Selection(string domain) => new(domain, Action);

    private void Gather(MailboxAddress address)
    {
        if (Connection.Info.Scope.Refusal(address, Action) is { } refusal)
        {
            WriteFault(refusal, address.Value);
            return;
        }

        if (Exclusions.Excludes(address) || !IsWanted(address))
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
