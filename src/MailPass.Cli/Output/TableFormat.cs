using System.Globalization;
using MailPass.Rows;
using MailPass.Secrets;
using Spectre.Console;

namespace MailPass.Cli.Output;

/// <summary>
/// A table for people. Rows are written in pages, so that a million of them need no more memory than a screenful; the
/// first page decides how wide the columns are.
/// </summary>
internal sealed class TableFormat<T>(IReadOnlyList<RowColumn<T>> columns, CliConsole console) : RowFormat<T>, IFieldWriter
{
    private const int RowsOnPage = 200;

    private readonly List<RowColumn<T>> _columns = [.. columns.Where(column => column.InTable)];
    private readonly List<string[]> _page = [];
    private int[]? _widths;
    private string[] _row = [];
    private int _field;

    public override void Begin(RowBuffer buffer)
    {
    }

    public override void Write(RowBuffer buffer, T row)
    {
        _row = new string[_columns.Count];
        _field = 0;
        foreach (var column in _columns)
        {
            column.Write(row, this);
        }

        _page.Add(_row);
        if (_page.Count == RowsOnPage)
        {
            Flush(buffer);
        }
    }

    public override void Flush(RowBuffer buffer)
    {
        if (_page.Count == 0)
        {
            return;
        }

        var table = new Table { Border = TableBorder.Simple, ShowHeaders = _widths is null };
        // Columns may grow on a later page but do not shrink, and no value is cut, because it may be a password.
        _widths = [.. Enumerable.Range(0, _columns.Count).Select(i => Math.Max(WidthOf(i), _widths?[i] ?? 0))];
        for (var i = 0; i < _columns.Count; i++)
        {
            var column = new TableColumn(new Text(_columns[i].Name, new Style(decoration: Decoration.Bold)));
            table.AddColumn(column.Width(_widths[i]).NoWrap());
        }

        foreach (var row in _page)
        {
            table.AddRow(row.Select(text => new Text(text)));
        }

        using var text = new StringWriter(CultureInfo.InvariantCulture);
        console.CreateAnsi(text).Write(table);
        foreach (var line in text.ToString().Split('\n'))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                buffer.Append(line.TrimEnd());
                buffer.Append((byte)'\n');
            }
        }

        _page.Clear();
    }

    public override void End(RowBuffer buffer) => Flush(buffer);

    void IFieldWriter.Text(string? value) => _row[_field++] = Printable.Of(value ?? string.Empty);

    void IFieldWriter.Secret(Secret? value) => _row[_field++] = value?.Reveal() ?? string.Empty;

    void IFieldWriter.Number(long? value) => _row[_field++] = value?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;

    void IFieldWriter.Number(double value) => _row[_field++] = value.ToString("0.#", CultureInfo.InvariantCulture);

    void IFieldWriter.Time(DateTimeOffset? value) =>
        _row[_field++] = value?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? string.Empty;

    private int WidthOf(int column) => Math.Max(_columns[column].Name.Length, _page.Max(row => row[column].Length));
}
