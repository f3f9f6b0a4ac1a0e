using System.CommandLine;
using MailPass.Journals;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass restore</c>: undoes a run.</summary>
internal sealed class RestoreCommand : CliCommand
{
    private readonly Option<bool> _whatIf = new("--what-if") { Description = "Say what would be restored and change nothing." };
    private readonly ReplayOptions _replay;
    private readonly SessionOptions _sessions;
    private readonly OutputOptions _output;
    private readonly JournalOptions _journal;

    public RestoreCommand(CliConsole console)
        : base(console, "restore", "Undoes a run: each mailbox gets back the password it had, unless it was changed again since.")
    {
        _replay = new ReplayOptions(this, tellsPasswords: false);
        Options.Add(_whatIf);
        _sessions = new SessionOptions(this, _replay.Store, SessionUse.Copies);
        _output = new OutputOptions(this, toFile: true);
        _journal = new JournalOptions(this, ofReplay: true);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var site = SiteCall.Create(call, Terminal, Logger, _replay.Store, _sessions);
        var systems = await _sessions.OpenAsync(call, site, cancellationToken).ConfigureAwait(false);
        await using var closing = systems.ConfigureAwait(false);
        return await _replay.ReplayAsync(call, site, _output, systems.All, Begin, replay => replay.RestoreAsync(call.GetValue(_whatIf), cancellationToken), Terminal, Logger, cancellationToken).ConfigureAwait(false);

        OpenRun? Begin(StoreInfo store, MailboxRun run) => call.GetValue(_whatIf) ? null
            : _journal.Begin(call, site.Profile, store, "restore", new(RunScopeKind.Journal, [run.Id]), _output.FileOf(call), Terminal);
    }
}
