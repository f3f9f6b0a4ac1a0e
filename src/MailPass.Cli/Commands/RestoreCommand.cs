using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass restore</c>: undoes a run.</summary>
internal sealed class RestoreCommand : CliCommand
{
    private readonly Option<string> _journal = new("--journal") { Description = "The run's record.", Required = true };
    private readonly StoreOptions _store;
    private readonly OutputOptions _output;

    public RestoreCommand(CliConsole console)
        : base(console, "restore", "Undoes a run from its record: each mailbox gets back the password it had, unless it was changed again since.")
    {
        _store = new StoreOptions(this);
        Options.Add(_journal);
        _output = new OutputOptions(this, toFile: true);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var store = await _store.OpenAsync(call, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        using var output = _output.Open(call, ResultColumns.All, Terminal);
        var rows = new JournalReplay(store, call.GetValue(_journal)!).RestoreAsync(cancellationToken);
        return await JournalRows.WriteAsync(rows, output, Terminal).ConfigureAwait(false);
    }
}
