using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass list</c>: the mailboxes of a store, or its domains.</summary>
internal sealed class ListCommand : CliCommand
{
    private readonly Option<string?> _domain = new("--domain", "-d") { Description = "Only this domain; '*' for all domains, '*.example.org' for those that fit." };
    private readonly Option<string?> _mailbox = new("--mailbox", "-m") { Description = "Only addresses that fit this pattern: * any characters, ? one." };
    private readonly Option<bool> _activeOnly = new("--active-only") { Description = "Leave out mailboxes that cannot log in." };
    private readonly Option<bool> _domains = new("--domains") { Description = "The domains instead of the mailboxes." };
    private readonly ExcludeOptions _exclude;
    private readonly StoreOptions _store;
    private readonly OutputOptions _output;

    public ListCommand(CliConsole console)
        : base(console, "list", "Lists mailboxes with their state and the scheme of their hash, never the hash itself.")
    {
        _store = new StoreOptions(this);
        StoreNames.CompleteMailboxes(_mailbox, _store, console);
        StoreNames.CompleteDomains(_domain, _store, console);
        Options.Add(_domain);
        Options.Add(_mailbox);
        Options.Add(_activeOnly);
        Options.Add(_domains);
        _exclude = new ExcludeOptions(this);
        _output = new OutputOptions(this);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var site = SiteCall.Create(call, Terminal, Logger, _store, sessions: null);
        var store = await _store.OpenAsync(site, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        store.Info.Scope.Require(MailboxActions.List);
        if (call.GetValue(_domains))
        {
            return await WriteAsync(call, [new("Domain", static (domain, to) => to.Text(domain))], store.ListDomainsAsync(cancellationToken))
                .ConfigureAwait(false);
        }

        var exclusions = await _exclude.ReadAsync(call, store, MailboxActions.List, Terminal, cancellationToken).ConfigureAwait(false);
        var selection = new DomainSelection(call.GetValue(_domain) ?? "*", MailboxActions.List, IncludeInactive: !call.GetValue(_activeOnly));

        // The store takes one pattern: that of the addresses, if both are patterns.
        var query = call.GetValue(_mailbox) is { } pattern ? selection.Query with { AddressPattern = pattern } : selection.Query;
        var accounts = store.ListAsync(query, cancellationToken).Where(account => selection.Contains(account.Address) && !exclusions.Excludes(account.Address));
        var exitCode = await WriteAsync(call, Columns(store.Info), accounts).ConfigureAwait(false);
        ExcludeOptions.Say(exclusions, Terminal);
        return exitCode;
    }

    private async Task<int> WriteAsync<T>(ParseResult call, IReadOnlyList<RowColumn<T>> columns, IAsyncEnumerable<T> rows)
    {
        using var output = _output.Open(call, columns, Terminal);
        await foreach (var row in rows.ConfigureAwait(false))
        {
            output.Add(row);
            if (output.Pending.Count >= 1000 && !output.Deliver())
            {
                break;
            }
        }

        output.Complete();
        return output.Conclude(Terminal);
    }

    private static IReadOnlyList<RowColumn<MailboxAccount>> Columns(StoreInfo store) =>
    [
        new("Mailbox", static (row, to) => to.Text(row.Address.Value)),
        new("Domain", static (row, to) => to.Text(row.Address.Domain), InTable: false),
        new("State", static (row, to) => to.Text(row.State.ToString())),
        new("Scheme", (row, to) => to.Text(StoredHash.SchemeOf(row.PasswordHash, store.UnprefixedScheme))),
        new("PasswordChanged", static (row, to) => to.Time(row.PasswordChanged)),
        new("DisplayName", static (row, to) => to.Text(row.DisplayName)),
        new("Reason", static (row, to) => to.Text(row.StateReason)),
    ];
}
