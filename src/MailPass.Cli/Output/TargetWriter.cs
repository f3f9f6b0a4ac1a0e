using System.Text;

namespace MailPass.Cli.Output;

/// <summary>Text (help, versions, closing lines) on its way to standard output; it is opened with the first text.</summary>
internal sealed class TargetWriter(Func<OutputTarget> open) : TextWriter
{
    private OutputTarget? _target;
    private bool _closed;

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (_closed || string.IsNullOrEmpty(value))
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(value);
        _target ??= open();
        _target.Deliver(bytes, [bytes.Length], out var fault);
        _closed = fault is not null;
    }

    protected override void Dispose(bool disposing)
    {
        _target?.Dispose();
        base.Dispose(disposing);
    }
}
