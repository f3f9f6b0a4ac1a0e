using System.CommandLine;
using MailPass.Cli.Output;
using MailPass.Profiles;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass profile</c>: checks, lists and writes profiles.</summary>
internal sealed class ProfileCommand : Command
{
    public ProfileCommand(CliConsole console)
        : base("profile", "Checks, lists and writes profiles of sites.")
    {
        Subcommands.Add(new CheckProfileCommand(console));
        Subcommands.Add(new ListProfilesCommand(console));
        Subcommands.Add(new ExportProfileCommand(console));
    }
}

/// <summary><c>mailpass profile check</c>: reports all faults, then what it found.</summary>
internal sealed class CheckProfileCommand : CliCommand
{
    private static readonly IReadOnlyList<RowColumn<ProfileFinding>> s_columns =
    [
        new("Subject", static (row, to) => to.Text(row.Subject)),
        new("Result", static (row, to) => to.Text(row.Result.ToString())),
        new("Message", static (row, to) => to.Text(row.Message)),
        new("Remedy", static (row, to) => to.Text(row.Remedy)),
        new("ErrorId", static (row, to) => to.Text(row.ErrorId)),
    ];

    private readonly Argument<string?> _name = new("name") { Description = "The profile: its name, or its file's path with a slash.", Arity = ArgumentArity.ZeroOrOne };
    private readonly ProfileOption _profile;
    private readonly OutputOptions _output;

    public CheckProfileCommand(CliConsole console)
        : base(console, "check", "Reports everything wrong with a profile, then connects and reports what it found. Changes nothing.")
    {
        _name.CompletionSources.Add(static _ => ProfileFolders.Names().Select(static name => new System.CommandLine.Completions.CompletionItem(name)));
        Arguments.Add(_name);
        _profile = new ProfileOption(this);
        _output = new OutputOptions(this);
        AddCommonOptions();
        Validators.Add(result =>
        {
            if (result.GetValue(_name) is null && !_profile.IsNamed(result))
            {
                result.AddError("name the profile.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var check = new ProfileCheck(SiteCall.Secrets(call, Terminal, store: null, sessions: null), Logger);
        using var output = _output.Open(call, s_columns, Terminal);
        var worst = ExitCodes.Done;
        await foreach (var finding in check.RunAsync(call.GetValue(_name) ?? _profile.NameOf(call)!, cancellationToken).ConfigureAwait(false))
        {
            output.Add(finding);
            output.Deliver();
            if (finding.Result is FindingResult.Fault)
            {
                var code = finding.ErrorId is ErrorIds.SessionAuthorityUnreachable or ErrorIds.StoreUnreachable or ErrorIds.StoreTlsRequired ? ExitCodes.Unreachable : ExitCodes.Refused;
                worst = worst is ExitCodes.Refused ? worst : code;
            }
        }

        output.Complete();
        return output.Fault is not null ? output.Conclude(Terminal) : worst;
    }
}

/// <summary><c>mailpass profile list</c>: the profiles that are there.</summary>
internal sealed class ListProfilesCommand : CliCommand
{
    private static readonly IReadOnlyList<RowColumn<string>> s_columns = [new("Profile", static (row, to) => to.Text(row))];

    private readonly OutputOptions _output;

    public ListProfilesCommand(CliConsole console)
        : base(console, "list", "Lists the profiles in your folder and the system's.")
    {
        _output = new OutputOptions(this);
        AddCommonOptions();
    }

    protected override Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var output = _output.Open(call, s_columns, Terminal);
        foreach (var name in ProfileFolders.Names(Terminal.Environment))
        {
            output.Add(name);
        }

        output.Complete();
        return Task.FromResult(output.Conclude(Terminal));
    }
}

/// <summary><c>mailpass profile export</c>: writes what a call names as a profile.</summary>
internal sealed class ExportProfileCommand : CliCommand
{
    private readonly Argument<string> _name = new("name") { Description = "The new profile: a name, for your own folder, or a path with a slash." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace a profile that is there already." };
    private readonly StoreOptions _store;
    private readonly SessionOptions _sessions;

    public ExportProfileCommand(CliConsole console)
        : base(console, "export", "Writes the store and session systems that the options name as a profile. No secret is in it.")
    {
        Arguments.Add(_name);
        _store = new StoreOptions(this);
        _sessions = new SessionOptions(this, _store, SessionUse.Export);
        Options.Add(_force);
        AddCommonOptions();
    }

    protected override Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var site = _sessions.WithFiles(call, _store.WithFiles(call, _sessions.Site(call)));
        var file = ProfileFile.PathFor(call.GetValue(_name)!, Terminal.Environment);
        var asked = ProfileFile.Save(file, site, call.GetValue(_force));
        Terminal.Say($"{file} was written{(asked.Count == 0 ? "." : $"; it asks for {string.Join(", ", asked)}: name a file or a variable there instead.")}");
        return Task.FromResult(ExitCodes.Done);
    }
}
