using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MailPass.Import;
using MailPass.Rows;
using MailPass.Secrets;

namespace MailPass.Cli.Output;

/// <summary>RFC 4180 with LF line ends, in UTF-8 without byte-order mark; text is kept from being run as a formula.</summary>
/// <param name="columns">The columns.</param>
/// <param name="toTerminal">Whether a terminal shows the rows: control characters could drive it. A file keeps them.</param>
internal sealed class CsvFormat<T>(IReadOnlyList<RowColumn<T>> columns, bool toTerminal = false) : RowFormat<T>, IFieldWriter
{
    // Semicolon and tab too: in another language, a spreadsheet uses them as delimiters.
    private static readonly SearchValues<char> _quoted = SearchValues.Create(",;\t\"\r\n");
    private static readonly SearchValues<byte> _quotedUtf8 = SearchValues.Create(",;\t\"\r\n"u8);

    private RowBuffer _buffer = null!;
    private int _field;

    public override void Begin(RowBuffer buffer)
    {
        buffer.Append(string.Join(',', columns.Select(column => column.Name)));
        buffer.Append((byte)'\n');
    }

    public override void Write(RowBuffer buffer, T row)
    {
        _buffer = buffer;
        _field = 0;
        for (var i = 0; i < columns.Count; i++)
        {
            columns[i].Write(row, this);
        }

        buffer.Append((byte)'\n');
    }

    void IFieldWriter.Text(string? value)
    {
        Separate();
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        if (toTerminal)
        {
            value = Printable.Of(value);
        }

        var formula = SpreadsheetText.NeedsApostrophe(value);
        if (!formula && !Quote(value))
        {
            _buffer.Append(value);
            return;
        }

        _buffer.Append((byte)'"');
        if (formula)
        {
            _buffer.Append((byte)'\'');
        }

        _buffer.Append(value.Replace("\"", "\"\"", StringComparison.Ordinal));
        _buffer.Append((byte)'"');
    }

    void IFieldWriter.Secret(Secret? value)
    {
        Separate();
        if (value is null || value.Length == 0)
        {
            return;
        }

        var utf8 = value.Utf8;
        if (utf8[0] != ' ' && utf8[^1] != ' ' && utf8.IndexOfAny(_quotedUtf8) < 0)
        {
            _buffer.Append(utf8);
            return;
        }

        _buffer.Append((byte)'"');
        foreach (var b in utf8)
        {
            _buffer.Append(b);
            if (b == '"')
            {
                _buffer.Append(b);
            }
        }

        _buffer.Append((byte)'"');
    }

    void IFieldWriter.Number(long? value)
    {
        Separate();
        if (value is { } number)
        {
            Utf8Formatter.TryFormat(number, _buffer.GetSpan(20), out var length);
            _buffer.Advance(length);
        }
    }

    void IFieldWriter.Number(double value)
    {
        Separate();
        _buffer.Append(value.ToString("0.#", CultureInfo.InvariantCulture));
    }

    void IFieldWriter.Time(DateTimeOffset? value)
    {
        Separate();
        if (value is { } time)
        {
            _buffer.Advance(Timestamps.Write(time, _buffer.GetSpan(Timestamps.MaximumLength)));
        }
    }

    private static bool Quote(string value) => value[0] == ' ' || value[^1] == ' ' || value.AsSpan().IndexOfAny(_quoted) >= 0;

    private void Separate()
    {
        if (_field++ > 0)
        {
            _buffer.Append((byte)',');
        }
    }
}
