using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using MailPass.Cli.Commands;
using MailPass.Profiles;

namespace MailPass.Cli;

/// <summary>The whole command line: reads the arguments, runs the command, turns faults into sentences and exit codes.</summary>
internal static class MailPassApp
{
    public static async Task<int> InvokeAsync(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellationToken)
    {
        var root = CreateRoot(console);

        // Response files are off: a password read from standard input is one thing, an @argument that turns out to be
        // a file another.
        var call = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (call.Errors.Count > 0 && call.Action is ParseErrorAction)
        {
            ReportParseErrors(call, console);
            return ExitCodes.Refused;
        }

        try
        {
            var streams = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = new Output.TargetWriter(console.OpenOutput),
                Error = console.Error,
            };
            return await call.InvokeAsync(streams, cancellationToken).ConfigureAwait(false);
        }
        catch (ProfileException fault) when (fault.Faults.Count > 1)
        {
            foreach (var one in fault.Faults)
            {
                console.Say($"{fault.File}: {one} ({one.ErrorId})");
            }

            return ExitCodes.For(fault);
        }
        catch (MailPassException fault)
        {
            console.Say(fault);
            return ExitCodes.For(fault);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Say("stopped; nothing was changed.");
            return ExitCodes.Stopped;
        }
#pragma warning disable CA1031 // The last resort: a stack trace does not help an admin, and may contain what was typed.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            console.Say($"something unforeseen happened: {fault.GetType().Name}: {fault.Message} ({ErrorIds.Unexpected})");
            if (!string.IsNullOrEmpty(console.Environment("MAILPASS_DEBUG")))
            {
                console.Error.WriteLine(fault.StackTrace);
            }

            return ExitCodes.SomeFailed;
        }
    }

    /// <summary>The commands with their options.</summary>
    internal static RootCommand CreateRoot(CliConsole console)
    {
        var root = new RootCommand(
            "Changes, resets and generates mailbox passwords and logs mailboxes out, one at a time or by the hundred thousand.");
        root.Options.Add(ProfileOption.Create());
        root.Subcommands.Add(new DemoCommand(console));
        root.Subcommands.Add(new InitCommand(console));
        root.Subcommands.Add(new ListCommand(console));
        root.Subcommands.Add(new NewCommand(console));
        root.Subcommands.Add(new TestCommand(console));
        root.Subcommands.Add(new SetCommand(console));
        root.Subcommands.Add(new ResetCommand(console));
        root.Subcommands.Add(new SessionsCommand(console));
        root.Subcommands.Add(new RevokeCommand(console));
        root.Subcommands.Add(new LoginCommand(console));
        root.Subcommands.Add(new RecoverCommand(console));
        root.Subcommands.Add(new RestoreCommand(console));
        root.Subcommands.Add(new RunsCommand(console));
        root.Subcommands.Add(new ReportCommand(console));
        root.Subcommands.Add(new ProfileCommand(console));
        root.Subcommands.Add(new CompletionCommand(console));
        root.Subcommands.Add(new PoppassdCommand(console));
        return root;
    }

    // The parser's message quotes the unexpected argument, which may be a password; so this uses our
    // own words unless the message is about an option.
    private static void ReportParseErrors(ParseResult call, CliConsole console)
    {
        if (call.UnmatchedTokens.Count > 0)
        {
            foreach (var token in call.UnmatchedTokens)
            {
                console.Say(
                    token.StartsWith("--", StringComparison.Ordinal)
                        ? $"there is no option {token.Split('=', ':')[0]} here."
                        : call.CommandResult.Command is RootCommand && call.Tokens.Count > 0 && call.Tokens[0].Value == token
                            ? $"there is no command '{token}'."
                            : "an argument was not expected; a password never stands on the command line, where others can see it.");
            }
        }
        else
        {
            foreach (var error in call.Errors)
            {
                console.Say(error.SymbolResult is OptionResult given && Mismatch(given) is { } mismatch ? mismatch : error.Message);
            }
        }

        var names = new List<string>();
        for (SymbolResult? result = call.CommandResult; result is CommandResult command; result = result.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "mailpass" : command.Command.Name);
        }

        console.Say($"`{string.Join(' ', names)} --help` shows what can be said.");
    }

    // The parser would name a type of .NET's.
    private static string? Mismatch(OptionResult given)
    {
        var type = Nullable.GetUnderlyingType(given.Option.ValueType) ?? given.Option.ValueType;
        var expected = type == typeof(int) ? "a whole number"
            : type == typeof(bool) ? "true or false"
            : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type)).ToLowerInvariant()}"
            : null;
        return expected is not null && given.Tokens.FirstOrDefault(token => !Fits(type, token.Value)) is { } wrong
            ? $"'{wrong.Value}' is not a value for {given.Option.Name}, which takes {expected}."
            : null;
    }

    private static bool Fits(Type type, string text) =>
        type == typeof(int) ? int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
        : type == typeof(bool) ? bool.TryParse(text, out _)
        : Enum.TryParse(type, text, ignoreCase: true, out _);
}
