using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass restore</c>: undoes a run.</summary>
internal sealed class RestoreCommand : CliCommand
{
    private readonly Option<string> _journal = new("--journal") { Description = "The run's record.", Required = true };
    private readonly Option<string[]> _mailbox = new("--mailbox", "-m") { Description = "Only this mailbox; may be given several times." };
    private readonly Option<bool> _whatIf = new("--what-if") { Description = "Say what would be restored and change nothing." };
    private readonly StoreOptions _store;
    private readonly WebmailOptions _webmail;
    private readonly OutputOptions _output;

    public RestoreCommand(CliConsole console)
        : base(console, "restore", "Undoes a run from its record: each mailbox gets back the password it had, unless it was changed again since.")
    {
        _store = new StoreOptions(this);
        Options.Add(_journal);
        Options.Add(_mailbox);
        Options.Add(_whatIf);
        _webmail = new WebmailOptions(this, _store, revokes: false);
        _output = new OutputOptions(this, toFile: true);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var only = call.GetValue(_mailbox) is { Length: > 0 } mailboxes ? Array.ConvertAll(mailboxes, MailboxAddress.Parse).ToHashSet() : null;
        var systems = new SessionSystemList(await _webmail.ConnectAsync(call, Terminal, Logger, cancellationToken).ConfigureAwait(false));
        await using var closingSystems = systems.ConfigureAwait(false);
        var store = await _store.OpenAsync(call, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        using var output = _output.Open(call, ResultColumns.All, Terminal);
        var rows = new JournalReplay(store, call.GetValue(_journal)!) { Only = only, SessionAuthorities = systems.All }.RestoreAsync(call.GetValue(_whatIf), cancellationToken);
        return await JournalRows.WriteAsync(rows, output, Terminal).ConfigureAwait(false);
    }
}
