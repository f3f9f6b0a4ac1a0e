using MailPass.Secrets;

namespace MailPass.Cli.Output;

/// <summary>Receives the fields of a row in the columns' order; each format writes them in its own way.</summary>
internal interface IFieldWriter
{
    void Text(string? value);

    /// <summary>A password: to the letter, whatever it begins with.</summary>
    void Secret(Secret? value);

    void Number(long? value);

    void Number(double value);

    void Time(DateTimeOffset? value);
}

/// <summary>A column of the output.</summary>
/// <param name="Name">Its header.</param>
/// <param name="Write">Writes a row's field.</param>
/// <param name="InTable">Whether a table on a terminal shows it too.</param>
internal sealed record RowColumn<T>(string Name, Action<T, IFieldWriter> Write, bool InTable = true);
