using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MailPass.Rows;
using MailPass.Secrets;

namespace MailPass.Cli.Output;

/// <summary>A JSON array with one object on each line.</summary>
internal sealed class JsonFormat<T>(IReadOnlyList<RowColumn<T>> columns) : RowFormat<T>, IFieldWriter
{
    // Escapes only what JSON requires, so that letters of all languages stay readable.
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly Utf8JsonWriter _writer = new(Stream.Null, _options);
    private int _column;
    private bool _any;

    public override void Begin(RowBuffer buffer) => buffer.Append("[\n"u8);

    public override void Write(RowBuffer buffer, T row)
    {
        if (_any)
        {
            buffer.Append(",\n"u8);
        }

        _any = true;
        _writer.Reset(buffer);
        _writer.WriteStartObject();
        _column = 0;
        foreach (var column in columns)
        {
            column.Write(row, this);
        }

        _writer.WriteEndObject();
        _writer.Flush();
    }

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }

    public override void End(RowBuffer buffer) => buffer.Append(_any ? "\n]\n"u8 : "]\n"u8);

    void IFieldWriter.Text(string? value) => _writer.WriteString(Name(), string.IsNullOrEmpty(value) ? null : value);

    void IFieldWriter.Secret(Secret? value)
    {
        if (value is null)
        {
            _writer.WriteNull(Name());
        }
        else
        {
            _writer.WriteString(Name(), value.Utf8);
        }
    }

    void IFieldWriter.Number(long? value)
    {
        if (value is { } number)
        {
            _writer.WriteNumber(Name(), number);
        }
        else
        {
            _writer.WriteNull(Name());
        }
    }

    void IFieldWriter.Number(double value) => _writer.WriteNumber(Name(), Math.Round(value, 1));

    void IFieldWriter.Time(DateTimeOffset? value) =>
        _writer.WriteString(Name(), value is { } time ? Timestamps.Text(time) : null);

    private string Name() => columns[_column++].Name;
}
