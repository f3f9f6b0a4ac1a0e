using System.CommandLine;
using MailPass.Cli.Output;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>The common parts of all commands: the console, and <c>--verbose</c>.</summary>
internal abstract class CliCommand : Command
{
    private const string DoorCategory = "MailPass.Door";

    private readonly Option<bool> _verbose = new("--verbose", "-v")
    {
        Description = "Report each step on standard error. Never shows a password or a hash.",
    };

    protected CliCommand(CliConsole console, string name, string description)
        : base(name, description)
    {
        Terminal = console;
        SetAction(RunWithLoggingAsync);
    }

    public CliConsole Terminal { get; }

    protected ILogger Logger { get; private set; } = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>The log of a service, which logs without --verbose.</summary>
    protected ILogger DoorLogger { get; private set; } = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>The events that are shown without --verbose. For most commands none: they report themselves what an admin must know.</summary>
    protected virtual LogLevel QuietLevel => LogLevel.None;

    protected abstract Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken);

    /// <summary>Adds the options that all commands share; called last so that they come last in the help.</summary>
    protected void AddCommonOptions()
    {
        Options.Add(_verbose);

        // <file> is as clear as <store-password-file>, and leaves room for the descriptions.
        foreach (var option in Options.Where(option => option.ValueType != typeof(bool)))
        {
            option.HelpName ??= option.ValueType == typeof(int) || option.ValueType == typeof(int?) ? "n" : option.Name[(option.Name.LastIndexOf('-') + 1)..];
        }
    }

    private async Task<int> RunWithLoggingAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var level = call.GetValue(_verbose) ? LogLevel.Debug : QuietLevel;
        using var provider = new ErrorLoggerProvider(Terminal);
        // Not LoggerFactory.Create: its container for services would be compiled at every start.
        var filter = new LoggerFilterOptions { MinLevel = level };
        filter.AddFilter(DoorCategory, level is LogLevel.Debug ? level : LogLevel.Information);
        using var factory = new LoggerFactory([provider], filter);
        Logger = factory.CreateLogger("MailPass");
        DoorLogger = factory.CreateLogger(DoorCategory);
        return await RunAsync(call, cancellationToken).ConfigureAwait(false);
    }
}
