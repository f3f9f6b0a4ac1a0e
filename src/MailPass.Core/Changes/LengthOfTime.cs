using System.Globalization;

namespace MailPass.Changes;

/// <summary>A length of time as people write it: <c>30s</c>, <c>10m</c>, <c>2h</c>, <c>90d</c>. A number without a unit is in seconds.</summary>
public static class LengthOfTime
{
    /// <summary>Reads it.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static TimeSpan Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (number, unit) = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? (text[..^1], text[^1]) : (text, 's');
        if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 1_000_000)
        {
            switch (unit)
            {
                case 's': return TimeSpan.FromSeconds(count);
                case 'm': return TimeSpan.FromMinutes(count);
                case 'h': return TimeSpan.FromHours(count);
                case 'd': return TimeSpan.FromDays(count);
            }
        }

        throw new MailPassException(ErrorIds.InputInvalid, $"'{text}' is not a length of time.", "Write 30s, 10m, 2h or 90d.");
    }
}
