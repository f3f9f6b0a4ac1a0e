using System.CommandLine;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass restore</c>: undoes a run.</summary>
internal sealed class RestoreCommand : CliCommand
{
    private readonly Option<bool> _whatIf = new("--what-if") { Description = "Say what would be restored and change nothing." };
    private readonly ReplayOptions _replay;
    private readonly WebmailOptions _webmail;
    private readonly OutputOptions _output;

    public RestoreCommand(CliConsole console)
        : base(console, "restore", "Undoes a run from its record: each mailbox gets back the password it had, unless it was changed again since.")
    {
        _replay = new ReplayOptions(this);
        Options.Add(_whatIf);
        _webmail = new WebmailOptions(this, _replay.Store, revokes: false);
        _output = new OutputOptions(this, toFile: true);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var systems = new SessionSystemList(await _webmail.OpenAsync(call, _webmail.AddTo(call, new()), credential: null, Terminal, Logger, cancellationToken).ConfigureAwait(false));
        await using var closing = systems.ConfigureAwait(false);
        return await _replay.ReplayAsync(call, _output, systems.All, replay => replay.RestoreAsync(call.GetValue(_whatIf), cancellationToken), Terminal, Logger, cancellationToken).ConfigureAwait(false);
    }
}
