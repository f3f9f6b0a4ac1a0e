using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Mailboxes;
using MailPass.Sessions;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass sessions</c>: who is logged in where.</summary>
internal sealed class SessionsCommand : CliCommand
{
    private readonly Option<string[]> _mailbox = new("--mailbox", "-m") { Description = "Only this mailbox. Repeatable." };
    private readonly Option<string?> _domain = new("--domain", "-d") { Description = "Only mailboxes of this domain; '*' for all domains, '*.example.org' for those that fit." };
    private readonly Option<string[]> _service = new("--service") { Description = "Only this service: imap, pop3, submission… Repeatable." };
    private readonly ExcludeOptions _exclude;
    private readonly SessionOptions _sessions;
    private readonly OutputOptions _output;

    public SessionsCommand(CliConsole console)
        : base(console, "sessions", "Lists who is logged in where.")
    {
        _sessions = new SessionOptions(this, store: null, SessionUse.List);
        Options.Add(_mailbox);
        Options.Add(_domain);
        _exclude = new ExcludeOptions(this);
        Options.Add(_service);
        _output = new OutputOptions(this);
        AddCommonOptions();
        Validators.Add(result =>
        {
            if (!_sessions.AnyGiven(result))
            {
                result.AddError(SessionOptions.NoneGiven);
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var mailboxes = call.GetValue(_mailbox) is { Length: > 0 } texts ? Array.ConvertAll(texts, MailboxAddress.Parse) : null;
        var domain = call.GetValue(_domain) is { } name ? new DomainSelection(MailboxPatterns.IsWildcard(name) ? name : MailDomain.Normalize(name), MailboxActions.Sessions) : null;
        var exclusions = await _exclude.ReadAsync(call, store: null, MailboxActions.Sessions, Terminal, cancellationToken).ConfigureAwait(false);
        var scope = new RevocationScope { Services = call.GetValue(_service) ?? [] };
        using var site = SiteCall.Create(call, Terminal, Logger, store: null, _sessions);
        var systems = await _sessions.OpenAsync(call, site, cancellationToken).ConfigureAwait(false);
        await using var closingSystems = systems.ConfigureAwait(false);
        using var output = _output.Open(call, _columns, Terminal);
        try
        {
            await foreach (var session in SessionSystems.ListAsync(systems.All, mailboxes, scope, cancellationToken).ConfigureAwait(false))
            {
                if (domain?.Contains(session.Mailbox) != false && !exclusions.Excludes(session.Mailbox))
                {
                    output.Add(session);
                }
            }
        }
        finally
        {
            // A system without an answer does not hide the sessions of the others.
            output.Complete();
        }

        return output.Conclude(Terminal);
    }

    private static readonly IReadOnlyList<RowColumn<MailboxSession>> _columns =
    [
        new("Mailbox", static (row, to) => to.Text(row.Mailbox.Value)),
        new("Service", static (row, to) => to.Text(row.Service)),
        new("ClientAddress", static (row, to) => to.Text(row.ClientAddress)),
        new("Since", static (row, to) => to.Time(row.Since)),
        new("System", static (row, to) => to.Text(row.System)),
        new("Id", static (row, to) => to.Text(row.Id), InTable: false),
    ];
}
