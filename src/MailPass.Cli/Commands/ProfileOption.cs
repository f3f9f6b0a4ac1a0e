using System.CommandLine;
using System.CommandLine.Parsing;
using MailPass.Journals;
using MailPass.Profiles;

namespace MailPass.Cli.Commands;

/// <summary>The profile of a call: <c>--profile</c> after the command or before it, or <c>MAILPASS_PROFILE</c>.</summary>
internal sealed class ProfileOption
{
    private readonly Option<string?> _profile = Create();
    private readonly CliConsole _console;
    private SiteProfile? _loaded;

    public ProfileOption(CliCommand command)
    {
        _console = command.Terminal;
        command.Options.Add(_profile);
    }

    /// <summary>The option, for a command and for the root.</summary>
    public static Option<string?> Create()
    {
        var option = new Option<string?>("--profile", "-p") { Description = $"The site's profile: a name, or a path with a slash; otherwise {ProfileFolders.Variable}." };
        option.CompletionSources.Add(static _ => ProfileFolders.Names().Select(static name => new System.CommandLine.Completions.CompletionItem(name)));
        return option;
    }

    /// <summary>Whether a profile is named in any way.</summary>
    public bool IsNamed(CommandResult call) => Named(call) is not null || Variable is not null;

    /// <summary>The profile; an empty one if none is named.</summary>
    /// <param name="call">The call.</param>
    /// <param name="ignoreVariable">Whether to ignore the variable, because the call names another store.</param>
    /// <exception cref="MailPassException">The profile cannot be used.</exception>
    public SiteProfile Load(ParseResult call, bool ignoreVariable = false) =>
        _loaded ??= (Named(call.CommandResult) ?? (ignoreVariable ? null : Variable)) is { } name ? SiteProfile.Load(name, _console.Environment) : new SiteProfile();

    /// <summary>The name or path as it was given; <see langword="null"/> if there is none.</summary>
    public string? NameOf(ParseResult call) => Named(call.CommandResult) ?? Variable;

    /// <summary>Where the site's runs are remembered.</summary>
    /// <exception cref="MailPassException">The profile cannot be used.</exception>
    public RunFolder Runs(ParseResult call, bool ignoreVariable = false) => Load(call, ignoreVariable).Runs(_console.Environment);

    private string? Variable => _console.Environment(ProfileFolders.Variable) is { Length: > 0 } name ? name : null;

    // `mailpass --profile NAME list` and `mailpass list --profile NAME` mean the same.
    private string? Named(CommandResult call)
    {
        for (SymbolResult? result = call; result is CommandResult command; result = result.Parent)
        {
            if (command.Command.Options.FirstOrDefault(option => option.Name == _profile.Name) is { } option && command.GetResult(option) is { Tokens.Count: > 0 } given)
            {
                return given.Tokens[0].Value;
            }
        }

        return null;
    }
}
