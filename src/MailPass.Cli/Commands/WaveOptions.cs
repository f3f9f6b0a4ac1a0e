using System.CommandLine;
using MailPass.Changes;
using MailPass.Profiles;
using MailPass.Sessions.Logins;

namespace MailPass.Cli.Commands;

/// <summary>Options for careful runs over many mailboxes: canaries, waves, and when to stop.</summary>
internal sealed class WaveOptions
{
    private readonly Option<int?> _canary = new("--canary") { Description = "Test the logins of this many mailboxes before changing the others. 0 for none." };
    private readonly Option<string?> _server = new("--login-server") { Description = "Where --canary logs in: imap://host[:port], imaps://, submission:// or smtps://." };
    private readonly Option<string?> _maxFailure = new("--max-failure") { Description = "Stop if more mailboxes than this fail: 20, or 5%." };
    private readonly Option<int?> _waveSize = new("--wave-size") { Hidden = true, Description = "Change this many mailboxes at a time, with --wave-delay between." };
    private readonly Option<string?> _waveDelay = new("--wave-delay") { Hidden = true, Description = "How long to wait between two waves: 30s, 10m or 1h." };
    private readonly Option<bool> _keepNewer = new("--keep-newer") { Hidden = true, Description = "Keep a password that somebody else sets during the run, instead of replacing it." };

    public WaveOptions(CliCommand command, ProfileOption profile)
    {
        command.Options.Add(_canary);
        command.Options.Add(_server);
        command.Options.Add(_maxFailure);
        command.Options.Add(_waveSize);
        command.Options.Add(_waveDelay);
        command.Options.Add(_keepNewer);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_canary) > 0 && result.GetResult(_server) is null && !profile.IsNamed(result))
            {
                result.AddError("--canary needs --login-server, or a profile with login servers.");
            }

            if (result.GetResult(_waveDelay) is not null && result.GetResult(_waveSize) is null)
            {
                result.AddError("--wave-delay needs --wave-size.");
            }

            if (result.GetValue(_waveSize) < 1 || result.GetValue(_canary) < 0)
            {
                result.AddError("--wave-size is 1 or more, and --canary 0 or more.");
            }
        });
    }

    /// <summary>The run's options with the waves and canaries that the call or the profile asks for.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public ChangeRunOptions AddTo(ParseResult call, ChangeRunOptions options, SiteProfile site, bool isMany, CliConsole console)
    {
        var asked = call.GetValue(_canary);
        var named = call.GetValue(_server);
        IReadOnlyList<LoginProbe> servers = named is not null ? [LoginProbe.At(named)] : site.Login?.Probes() ?? [];
        var count = named is null ? site.CanaryCount(asked, isMany) : asked ?? 0;
        if (count > 0 && servers.Count == 0)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "--canary has no server to log in to.", "Give --login-server, or add 'login' to the profile.");
        }

        if (asked is null && count > 0 && !options.WhatIf)
        {
            console.Say($"the first changed mailbox logs in at {string.Join(" and ", servers.Select(server => server.Server))} before any other is written; --canary 0 does without.");
        }

        return options with
        {
            CanaryCount = count,
            CanaryServers = servers,
            MaxFailure = call.GetValue(_maxFailure) is { } limit ? FailureLimit.Parse(limit) : null,
            WaveSize = call.GetValue(_waveSize),
            WaveDelay = call.GetValue(_waveDelay) is { } delay ? LengthOfTime.Parse(delay) : TimeSpan.Zero,
            KeepNewer = call.GetValue(_keepNewer),
        };
    }
}
