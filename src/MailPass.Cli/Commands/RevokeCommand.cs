using System.CommandLine;
using System.Globalization;
using MailPass.Changes;
using MailPass.Cli.Input;
using MailPass.Cli.Output;
using MailPass.Import;
using MailPass.Mailboxes;
using MailPass.Profiles;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass revoke</c>: logs mailboxes out, with each system's receipt.</summary>
internal sealed class RevokeCommand : CliCommand
{
    private const int Together = 2000;

    private readonly Option<string[]> _mailbox = new("--mailbox", "-m") { Description = "This mailbox. Repeatable." };
    private readonly Option<string?> _csv = new("--csv") { Description = "Every mailbox in the Mailbox column of this CSV; - for standard input." };
    private readonly Option<string?> _domain = new("--domain", "-d") { Description = "Every mailbox of this domain; '*' for all domains, '*.example.org' for those that fit; needs --store." };
    private readonly CsvInputOptions _input;
    private readonly ExcludeOptions _exclude;
    private readonly Option<string[]> _service = new("--service") { Description = "Only this service: imap, pop3, submission… Repeatable." };
    private readonly SessionOptions _sessions;
    private readonly StoreOptions _store;
    private readonly OutputOptions _output;

    public RevokeCommand(CliConsole console)
        : base(console, "revoke", "Logs mailboxes out and shows each system's receipt.")
    {
        Options.Add(_mailbox);
        Options.Add(_csv);
        _input = new CsvInputOptions(this, _csv, withPassword: false);
        Options.Add(_domain);
        _exclude = new ExcludeOptions(this);
        Options.Add(_service);
        _store = new StoreOptions(this, required: false);
        StoreNames.CompleteMailboxes(_mailbox, _store, console);
        StoreNames.CompleteDomains(_domain, _store, console);
        _sessions = new SessionOptions(this, _store, SessionUse.End);
        _output = new OutputOptions(this, toFile: true);
        AddCommonOptions();
        Validators.Add(Choice.ExactlyOne(_mailbox, _csv, _domain));
        Validators.Add(result =>
        {
            if (!_sessions.AnyGiven(result))
            {
                result.AddError(SessionOptions.NoneGiven);
            }

            if (result.GetResult(_domain) is not null ? !_store.IsGiven(result) : _store.IsNamed(result) && !_sessions.UsesStore(result))
            {
                result.AddError("--domain and --store go together: the store knows which mailboxes a domain has.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var site = SiteCall.Create(call, Terminal, Logger, _store, _sessions);
        var systems = await _sessions.OpenAsync(call, site, cancellationToken).ConfigureAwait(false);
        await using var closingSystems = systems.ConfigureAwait(false);
        if (call.GetValue(_domain) is null)
        {
            return await RevokeAsync(call, store: null, site.Scope, systems.All, cancellationToken).ConfigureAwait(false);
        }

        var store = await _store.OpenAsync(site, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        return await RevokeAsync(call, store, site.Scope, systems.All, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> RevokeAsync(ParseResult call, IMailboxStore? store, MailboxScope allowed, IReadOnlyList<ISessionAuthority> systems, CancellationToken cancellationToken)
    {
        var exclusions = await _exclude.ReadAsync(call, store, MailboxActions.Revoke, Terminal, cancellationToken).ConfigureAwait(false);
        var scope = _sessions.Scope(call, systems, call.GetValue(_service));
        var failed = 0L;
        var unconfirmed = 0L;
        var ended = 0L;
        var asked = 0;
        using var output = _output.Open(call, _columns, Terminal);
        var batch = new List<MailboxAddress>();
        try
        {
            await foreach (var mailbox in MailboxesAsync(call, store, () => failed++, cancellationToken).ConfigureAwait(false))
            {
                if (exclusions.Excludes(mailbox))
                {
                    continue;
                }

                if (allowed.Refusal(mailbox, MailboxActions.Revoke) is { } refusal)
                {
                    failed++;
                    Terminal.Say(refusal);
                    continue;
                }

                batch.Add(mailbox);
                if (batch.Count == Together)
                {
                    await FlushAsync().ConfigureAwait(false);
                }
            }

            await FlushAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Some of the systems may have answered for these; each mailbox's receipts come together, or not at all.
            output.Complete();
            Terminal.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"stopped: {ended:N0} sessions ended; {unconfirmed:N0} receipts are not confirmed.{(asked > 0 ? $" {asked:N0} mailboxes more were being logged out, and have no receipt." : string.Empty)}"));
            return ExitCodes.Stopped;
        }

        output.Complete();
        Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{ended:N0} sessions ended; {unconfirmed:N0} receipts are not confirmed."));
        ExcludeOptions.Say(exclusions, Terminal);
        foreach (var unused in store is null ? exclusions.Unused : [])
        {
            Terminal.Say(unused);
        }

        return output.Fault is not null ? output.Conclude(Terminal)
            : unconfirmed > 0 ? ExitCodes.Unreachable
            : failed > 0 ? ExitCodes.SomeFailed
            : ExitCodes.Done;

        async Task FlushAsync()
        {
            asked = batch.Count;
            foreach (var receipt in (await SessionSystems.RevokeAsync(systems, batch, scope, cancellationToken).ConfigureAwait(false)).SelectMany(result => result.Receipts))
            {
                ended += receipt.Count;
                output.Add(receipt);
                if (!receipt.IsConfirmed)
                {
                    // A mailbox outside the scope: no system was asked.
                    _ = receipt.Status is ReceiptStatus.OutOfScope ? failed++ : unconfirmed++;
                    Terminal.Say($"{receipt.Mailbox}: {receipt.System}: {receipt.Status}: {receipt.Reason} ({receipt.ErrorId})");
                }
            }

            output.Deliver();
            batch.Clear();
            asked = 0;
        }
    }

    private async IAsyncEnumerable<MailboxAddress> MailboxesAsync(
        ParseResult call, IMailboxStore? store, Action malformed, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (store is not null)
        {
            await foreach (var request in Requests.FromStore(store, new DomainSelection(call.GetValue(_domain)!, MailboxActions.Revoke), shard: null, Exclusions.None, cancellationToken).ConfigureAwait(false))
            {
                yield return request.Account!.Address;
            }
        }
        else if (call.GetValue(_csv) is { } path)
        {
            using var reader = await ChangeRequestReader.OpenAsync(InputSource.Open(path, Terminal), InputSource.NameOf(path), _input.Read(call), shard: null, cancellationToken)
                .ConfigureAwait(false);
            await foreach (var request in reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (request.Fault is null && MailboxAddress.TryParse(request.Identity, out var address, out _))
                {
                    yield return address;
                    continue;
                }

                malformed();
                Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"line {request.Line}: '{request.Identity}' is not a mailbox. ({request.Fault?.ErrorId ?? ErrorIds.AddressInvalid})"));
            }
        }
        else
        {
            foreach (var text in call.GetValue(_mailbox)!)
            {
                yield return MailboxAddress.Parse(text);
            }
        }
    }

    private static readonly IReadOnlyList<RowColumn<RevocationReceipt>> _columns =
    [
        new("Mailbox", static (row, to) => to.Text(row.Mailbox.Value)),
        new("System", static (row, to) => to.Text(row.System)),
        new("Status", static (row, to) => to.Text(row.Status.ToString())),
        new("Count", static (row, to) => to.Number((long?)row.Count)),
        new("Reason", static (row, to) => to.Text(row.Reason)),
        new("ErrorId", static (row, to) => to.Text(row.ErrorId)),
    ];
}
