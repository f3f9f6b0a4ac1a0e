using System.Text;
using MailPass.Cli.Output;

namespace MailPass.Cli.Tests;

/// <summary>One call of the command line within this process, and its result.</summary>
internal sealed class MailPassRun
{
    public required int ExitCode { get; init; }

    public required string Output { get; init; }

    public required string Error { get; init; }

    public IReadOnlyList<Dictionary<string, string>> Rows => CsvText.Read(Output);

    public static Task<MailPassRun> Of(params string[] args) => WithInput(string.Empty, args);

    public static Task<MailPassRun> WithInput(string input, params string[] args) => RunAsync(new MemoryStream(Encoding.UTF8.GetBytes(input)), args);

    public static async Task<MailPassRun> RunAsync(Stream input, string[] args, OutputTarget? target = null, Dictionary<string, string>? environment = null, bool toTerminal = false, CancellationToken cancellationToken = default)
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter();
        var console = new CliConsole
        {
            Input = input,
            OpenOutput = () => target ?? new StreamTarget(output),
            Error = TextWriter.Synchronized(error),
            OutputIsTerminal = toTerminal,
            Environment = name => environment is not null && environment.TryGetValue(name, out var value) ? value
                : name == "XDG_STATE_HOME" ? RunRecords.Folder : null,
        };
        var exitCode = await MailPassApp.InvokeAsync(args, console, cancellationToken);
        return new MailPassRun { ExitCode = exitCode, Output = Encoding.UTF8.GetString(output.ToArray()), Error = error.ToString() };
    }

    public override string ToString() => $"exit {ExitCode}\n{Output}\n{Error}";
}
