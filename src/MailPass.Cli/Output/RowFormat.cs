namespace MailPass.Cli.Output;

/// <summary>The formats of <c>--format</c>.</summary>
internal enum OutputFormat
{
    Table,
    Csv,
    Json,
}

/// <summary>Lays rows out as bytes.</summary>
internal abstract class RowFormat<T> : IDisposable
{
    /// <summary>What comes before the rows.</summary>
    public abstract void Begin(RowBuffer buffer);

    /// <summary>One row; a format may hold it back until <see cref="Flush"/>.</summary>
    public abstract void Write(RowBuffer buffer, T row);

    /// <summary>Rows held back.</summary>
    public virtual void Flush(RowBuffer buffer)
    {
    }

    /// <summary>What comes after the rows.</summary>
    public virtual void End(RowBuffer buffer)
    {
    }

    public virtual void Dispose()
    {
    }

    public static RowFormat<T> Create(OutputFormat format, IReadOnlyList<RowColumn<T>> columns, CliConsole console, bool toTerminal = false) => format switch
    {
        OutputFormat.Csv => new CsvFormat<T>(columns, toTerminal),
        OutputFormat.Json => new JsonFormat<T>(columns),
        _ => new TableFormat<T>(columns, console),
    };
}
