using System.Buffers.Text;

namespace MailPass.Hashing;

/// <summary>Writes one piece after the other into a buffer that is known to be long enough.</summary>
internal ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public readonly Span<byte> Rest => _destination[Written..];

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Rest);
        Written += bytes.Length;
    }

    public void Write(byte value) => _destination[Written++] = value;

    /// <summary>Writes a number in decimal.</summary>
    public void Write(int value)
    {
        Utf8Formatter.TryFormat(value, Rest, out var digits);
        Written += digits;
    }

    public void Advance(int count) => Written += count;
}
