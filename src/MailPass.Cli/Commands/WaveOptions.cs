using System.CommandLine;
using MailPass.Changes;
using MailPass.Sessions.Logins;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>How carefully a run goes about many mailboxes: canaries first, waves, and when to stop.</summary>
internal sealed class WaveOptions
{
    private readonly Option<int> _canary = new("--canary") { Description = "Log the first so many changed mailboxes in with their new passwords before any other is written; needs --login-server." };
    private readonly Option<string?> _server = new("--login-server") { Description = "Where --canary logs in: imap://host[:port], imaps://, submission:// or smtps://." };
    private readonly Option<string?> _maxFailure = new("--max-failure") { Description = "Stop once more mailboxes than that have failed: 20, or 5%." };
    private readonly Option<int?> _waveSize = new("--wave-size") { Description = "Change so many mailboxes at a time, with --wave-delay between." };
    private readonly Option<string?> _waveDelay = new("--wave-delay") { Description = "How long to wait between two waves: 30s, 10m or 1h." };
    private readonly Option<bool> _keepNewer = new("--keep-newer") { Description = "Leave a mailbox whose password somebody else changes while the run is under way, instead of replacing theirs." };

    public WaveOptions(Command command)
    {
        command.Options.Add(_canary);
        command.Options.Add(_server);
        command.Options.Add(_maxFailure);
        command.Options.Add(_waveSize);
        command.Options.Add(_waveDelay);
        command.Options.Add(_keepNewer);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_canary) > 0 && result.GetResult(_server) is null)
            {
                result.AddError("--canary needs --login-server.");
            }

            if (result.GetResult(_waveDelay) is not null && result.GetResult(_waveSize) is null)
            {
                result.AddError("--wave-delay needs --wave-size.");
            }

            if (result.GetValue(_waveSize) < 1 || result.GetValue(_canary) < 0)
            {
                result.AddError("--wave-size and --canary are 1 or more.");
            }
        });
    }

    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public ChangeRunOptions AddTo(ParseResult call, ChangeRunOptions options, ILogger logger) => options with
    {
        CanaryCount = call.GetValue(_canary),
        CanaryServer = call.GetValue(_server) is { } server ? new LoginProbe(server, logger: logger) : null,
        MaxFailure = call.GetValue(_maxFailure) is { } limit ? FailureLimit.Parse(limit) : null,
        WaveSize = call.GetValue(_waveSize),
        WaveDelay = call.GetValue(_waveDelay) is { } delay ? LengthOfTime.Parse(delay) : TimeSpan.Zero,
        KeepNewer = call.GetValue(_keepNewer),
    };
}
