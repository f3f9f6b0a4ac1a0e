using System.Globalization;

namespace MailPass.Rows;

/// <summary>Points in time as both heads write them into rows.</summary>
public static class Timestamps
{
    /// <summary>ISO 8601 in UTC, to the millisecond, with the offset in digits: not every reader accepts a <c>Z</c>.</summary>
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'+00:00'";

    /// <summary>The longest text, in characters and in bytes of UTF-8.</summary>
    public const int MaximumLength = 29;

    /// <summary>A point in time as text, such as <c>2026-11-26T11:34:22.244+00:00</c>.</summary>
    /// <param name="time">The time, in any offset.</param>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Writes a point in time as UTF-8.</summary>
    /// <param name="time">The time, in any offset.</param>
    /// <param name="utf8">Room for <see cref="MaximumLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(DateTimeOffset time, Span<byte> utf8)
    {
        time.UtcDateTime.TryFormat(utf8, out var length, Format, CultureInfo.InvariantCulture);
        return length;
    }
}
