using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass recover</c>: the passwords of a run that was killed before it could deliver them.</summary>
internal sealed class RecoverCommand : CliCommand
{
    private readonly Option<string> _journal = new("--journal") { Description = "The run's record.", Required = true };
    private readonly Option<string[]> _mailbox = new("--mailbox", "-m") { Description = "Only this mailbox; may be given several times." };
    private readonly StoreOptions _store;
    private readonly OutputOptions _output;

    public RecoverCommand(CliConsole console)
        : base(console, "recover", "Tells which changes of a run that was killed reached the store, with their passwords. Changes nothing.")
    {
        _store = new StoreOptions(this);
        Options.Add(_journal);
        Options.Add(_mailbox);
        _output = new OutputOptions(this, toFile: true);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var only = call.GetValue(_mailbox) is { Length: > 0 } mailboxes ? Array.ConvertAll(mailboxes, MailboxAddress.Parse).ToHashSet() : null;
        var store = await _store.OpenAsync(call, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        using var output = _output.Open(call, ResultColumns.All, Terminal, static row => row.Password?.Dispose());
        var rows = new JournalReplay(store, call.GetValue(_journal)!) { Only = only }.RecoverAsync(cancellationToken);
        return await JournalRows.WriteAsync(rows, output, Terminal).ConfigureAwait(false);
    }
}
