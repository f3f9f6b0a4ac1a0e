using System.CommandLine;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass recover</c>: the passwords of a run that was interrupted before it could deliver them.</summary>
internal sealed class RecoverCommand : CliCommand
{
    private readonly ReplayOptions _replay;
    private readonly OutputOptions _output;

    public RecoverCommand(CliConsole console)
        : base(console, "recover", "Lists the changes of an interrupted run that reached the store, with their passwords. Changes nothing.")
    {
        _replay = new ReplayOptions(this, tellsPasswords: true);
        _output = new OutputOptions(this, toFile: true);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var site = SiteCall.Create(call, Terminal, Logger, _replay.Store, sessions: null);
        return await _replay.ReplayAsync(call, site, _output, [], begin: null, replay => replay.RecoverAsync(cancellationToken), Terminal, Logger, cancellationToken).ConfigureAwait(false);
    }
}
