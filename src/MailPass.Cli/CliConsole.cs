using MailPass.Cli.Output;
using MailPass.Rows;
using Spectre.Console;

namespace MailPass.Cli;

/// <summary>Everything between a command and the outside: the three standard streams, whether people sit at them, and the environment.</summary>
internal sealed class CliConsole
{
    /// <summary>Standard input.</summary>
    public required Stream Input { get; init; }

    /// <summary>Opens standard output for rows.</summary>
    public required Func<OutputTarget> OpenOutput { get; init; }

    /// <summary>Standard error: messages, prompts and progress.</summary>
    public required TextWriter Error { get; init; }

    public bool InputIsTerminal { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>Reads a key without showing it; for prompts on a terminal.</summary>
    public Func<ConsoleKeyInfo> ReadKey { get; init; } = static () => throw new InvalidOperationException("There is no terminal.");

    /// <summary>Whether a question can be asked and answered.</summary>
    public bool CanAsk => InputIsTerminal && ErrorIsTerminal;

    /// <summary>The process's own.</summary>
    public static CliConsole ForProcess() => new()
    {
        Input = Console.OpenStandardInput(),
        OpenOutput = static () => new StandardOutput(),
        Error = new ForgivingWriter(Console.Error),
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Environment = System.Environment.GetEnvironmentVariable,
        ReadKey = static () => Console.ReadKey(intercept: true),
    };

    /// <summary>A line on standard error.</summary>
    public void Say(string message) => Error.WriteLine("mailpass: " + Printable.Of(message));

    /// <summary>Tells a fault in one sentence.</summary>
    public void Say(MailPassException fault) => Say(Sentence(fault));

    /// <summary>A fault as text: what was wrong, the remedy, and the id to look up.</summary>
    public static string Sentence(MailPassException fault) =>
        fault.Remedy is null ? $"{fault.Message} ({fault.ErrorId})" : $"{fault.Message} {fault.Remedy} ({fault.ErrorId})";

    /// <summary>A Spectre console that lays out for standard output but writes into a text; wide enough never to cut a password.</summary>
    public IAnsiConsole CreateAnsi(TextWriter text)
    {
        var ansi = Create(text, OutputIsTerminal);
        ansi.Profile.Width = 10_000;
        return ansi;
    }

    /// <summary>A Spectre console on standard error.</summary>
    public IAnsiConsole CreateErrorAnsi() => Create(Error, ErrorIsTerminal);

    private IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        // https://no-color.org: set and not empty means no colour, whatever the value.
        var colour = isTerminal && string.IsNullOrEmpty(Environment("NO_COLOR")) && Environment("TERM") != "dumb";
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal && Environment("TERM") != "dumb" ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
    }
}
