using System.CommandLine;
using MailPass.Cli.Output;

namespace MailPass.Cli.Commands;

/// <summary>Where rows go and how they look.</summary>
internal sealed class OutputOptions
{
    private readonly Option<OutputFormat?> _format = new("--format", "-f")
    {
        Description = "table, csv or json. A table on a terminal, CSV otherwise.",
    };

    private readonly Option<string?>? _out;
    private readonly Option<bool>? _force;

    public OutputOptions(Command command, bool toFile = false)
    {
        if (toFile)
        {
            _out = new Option<string?>("--out", "-o") { Description = "The file for the rows, made for its owner's eyes only; - for standard output." };
            _force = new Option<bool>("--force") { Description = "Replace the --out file if it is there already." };
            command.Options.Add(_out);
            command.Options.Add(_force);
        }

        command.Options.Add(_format);
    }

    /// <summary>The file that the rows go to, or <see langword="null"/> for standard output.</summary>
    public string? FileOf(ParseResult call) => _out is null || call.GetValue(_out) is not { } path || path == "-" ? null : path;

    /// <exception cref="MailPassException"><see cref="ErrorIds.OutputUnwritable"/>.</exception>
    public RowOutput<T> Open<T>(ParseResult call, IReadOnlyList<RowColumn<T>> columns, CliConsole console, Action<T>? release = null)
    {
        var file = FileOf(call);
        var format = call.GetValue(_format) ?? (file is null && console.OutputIsTerminal ? OutputFormat.Table : OutputFormat.Csv);
        var target = file is null ? console.OpenOutput() : FileTarget.Create(file, call.GetValue(_force!));
        return new RowOutput<T>(RowFormat<T>.Create(format, columns, console, file is null && console.OutputIsTerminal), target, release);
    }
}
