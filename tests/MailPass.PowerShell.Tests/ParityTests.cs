using System.CommandLine;
using System.Text.RegularExpressions;
using MailPass.Cli;

namespace MailPass.PowerShell.Tests;

/// <summary>Both heads can do the same: each parameter has its option and each option its parameter, or a reason why not.</summary>
public sealed partial class ParityTests
{
    private const string Text = "PowerShell passes objects on; mailpass writes text with one --format";
    private const string Typed = "mailpass takes no password as an argument; it is asked for or read from standard input";
    private const string Importing = "Import-MailboxCsv reads files and pipes their rows";
    private const string Writing = "PowerShell's pipeline writes files: Export-Csv, Out-File";
    private const string Connecting = "Connect-MailStore names the store and its session systems once for all cmdlets";
    private const string Common = "a common parameter of PowerShell's, under its own name";

    private static readonly (string Cmdlet, string Command)[] s_pairs =
    [
        ("New-MailboxPassword", "new"), ("Set-MailboxPassword", "set"), ("Reset-MailboxPassword", "reset"), ("Test-MailboxPassword", "test"),
        ("Restore-MailboxPassword", "restore"), ("Get-MailboxPasswordChange", "recover"), ("Get-MailboxAccount", "list"),
    ];

    // The pairs whose names differ; the rest is like -WordCount and --word-count.
    private static readonly Dictionary<string, string> s_twins = new(StringComparer.Ordinal)
    {
        ["Identity"] = "--mailbox",
        ["MailStore"] = "--store",
        ["CurrentPassword"] = "--current",
        ["RevokeSession"] = "--revoke",
        ["IncludeAppPassword"] = "--include-app-passwords",
        ["Run"] = "--resume", // -Resume -Run ID is --resume ID
        ["ListDomain"] = "--domains",
        ["Reset-MailboxPassword -Force"] = "--yes",
    };

    private static readonly Dictionary<string, string> s_parametersAlone = new(StringComparer.Ordinal)
    {
        ["-AsPlainText"] = Text,
        ["-PassThru"] = "mailpass always writes rows",
        ["-Password"] = Typed,
        ["Set-MailboxPassword -Force"] = "mailpass set asks nothing",
        ["Restore-MailboxPassword -Force"] = "mailpass restore asks nothing; --what-if comes first",
    };

    private static readonly Dictionary<string, string> s_optionsAlone = new(StringComparer.Ordinal)
    {
        ["--format"] = Text,
        ["--json"] = Text,
        ["--csv"] = Importing,
        ["--mailbox-column"] = Importing,
        ["--password-column"] = Importing,
        ["--delimiter"] = Importing,
        ["--encoding"] = Importing,
        ["--out"] = Writing,
        ["--force"] = Writing,
        ["--what-if"] = Common,
        ["--verbose"] = Common,
    };

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (cmdlet, command) in s_pairs)
            {
                data.Add(cmdlet, command);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_parameter_has_an_option(string cmdlet, string command)
    {
        var options = OptionsOf(command);

        Assert.Empty(ParametersOf(cmdlet)
            .Where(parameter => !s_parametersAlone.ContainsKey($"-{parameter}") && !s_parametersAlone.ContainsKey($"{cmdlet} -{parameter}") && !options.Contains(TwinOf(cmdlet, parameter)))
            .Select(parameter => $"{cmdlet} -{parameter}: mailpass {command} has no {TwinOf(cmdlet, parameter)}. Add it, or name the reason in {nameof(ParityTests)}."));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_option_has_a_parameter(string cmdlet, string command)
    {
        var twins = ParametersOf(cmdlet).Select(parameter => TwinOf(cmdlet, parameter)).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(OptionsOf(command)
            .Where(option => !twins.Contains(option) && !s_optionsAlone.ContainsKey(option) && !IsSaidWhenConnecting(option))
            .Select(option => $"mailpass {command} {option}: {cmdlet} has no such parameter. Add it, or name the reason in {nameof(ParityTests)}."));
    }

    [Fact]
    public void No_reason_outlives_what_it_explains()
    {
        var parameters = s_pairs.SelectMany(pair => ParametersOf(pair.Cmdlet).SelectMany(parameter => new[] { parameter, $"-{parameter}", $"{pair.Cmdlet} -{parameter}" })).ToHashSet(StringComparer.Ordinal);
        var options = s_pairs.SelectMany(pair => OptionsOf(pair.Command)).ToHashSet(StringComparer.Ordinal);

        Assert.Equal([], s_parametersAlone.Keys.Concat(s_twins.Keys).Except(parameters));
        Assert.Equal([], s_optionsAlone.Keys.Concat(s_twins.Values).Except(options));
        Assert.All(s_parametersAlone.Values.Concat(s_optionsAlone.Values).Append(Connecting), reason => Assert.True(reason.Length > 10));
    }

    // What `revoke` needs to reach a store and its session systems; of the rest, the mailboxes alone are its own.
    private static bool IsSaidWhenConnecting(string option) => OptionsOf("revoke").Contains(option) && option is not ("--mailbox" or "--domain");

    private static string TwinOf(string cmdlet, string parameter) =>
        s_twins.TryGetValue($"{cmdlet} -{parameter}", out var own) ? own
        : s_twins.TryGetValue(parameter, out var twin) ? twin
        : "-" + Hump().Replace(parameter, match => "-" + match.Value.ToLowerInvariant());

    private static List<string> ParametersOf(string cmdlet) =>
        [.. Cmdlets.Types.Single(type => Cmdlets.NameOf(type) == cmdlet).GetProperties().Where(property => Cmdlets.Attribute(property, "ParameterAttribute") is not null).Select(property => property.Name)];

    private static HashSet<string> OptionsOf(string command)
    {
        var console = new CliConsole { Input = Stream.Null, OpenOutput = () => throw new InvalidOperationException(), Error = TextWriter.Null };
        return [.. MailPassApp.CreateRoot(console).Subcommands.Single(item => item.Name == command).Options.Select(option => option.Name).Where(name => name is not ("--help" or "--version"))];
    }

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Hump();
}
