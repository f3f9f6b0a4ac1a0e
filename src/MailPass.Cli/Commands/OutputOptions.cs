using System.CommandLine;
using MailPass.Cli.Output;

namespace MailPass.Cli.Commands;

/// <summary>The target and the format of rows.</summary>
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
            _out = new Option<string?>("--out", "-o") { Description = "Write the rows to this file, readable only by you. - for standard output." };
            _force = new Option<bool>("--force") { Description = "Replace the --out file if it exists." };
            command.Options.Add(_out);
            command.Options.Add(_force);
        }

        command.Options.Add(_format);
    }

    /// <summary>The file that the rows go to, or <see langword="null"/> for standard output.</summary>
    public string? FileOf(ParseResult call) => _out is null || call.GetValue(_out) is not { } path || path == "-" ? null : path;

    /// <summary>Finds a file that must not be replaced before anything is begun.</summary>
    /// <param name="call">The call.</param>
    /// <param name="mayReplace">Whether it is seen only later whether the file may be replaced.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.OutputUnwritable"/>.</exception>
    public void CheckFile(ParseResult call, bool mayReplace)
    {
        if (FileOf(call) is { } file && !mayReplace && !call.GetValue(_force!))
        {
            FileTarget.RefuseExisting(file);
        }
    }

    /// <param name="call">The call.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="console">The console.</param>
    /// <param name="release">Releases a row once it is delivered.</param>
    /// <param name="replaceable">A file that may be replaced, because the interrupted part of this run wrote it and its journal has every row.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.OutputUnwritable"/>.</exception>
    public RowOutput<T> Open<T>(ParseResult call, IReadOnlyList<RowColumn<T>> columns, CliConsole console, Action<T>? release = null, string? replaceable = null)
    {
        var file = FileOf(call);
        var format = call.GetValue(_format) ?? (file is null && console.OutputIsTerminal ? OutputFormat.Table : OutputFormat.Csv);
        var target = file is null ? console.OpenOutput() : FileTarget.Create(file, call.GetValue(_force!) || (replaceable is not null && replaceable == Path.GetFullPath(file)));
        return new RowOutput<T>(RowFormat<T>.Create(format, columns, console, file is null && console.OutputIsTerminal), target, release);
    }
}
