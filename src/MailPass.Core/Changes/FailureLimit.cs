using System.Globalization;

namespace MailPass.Changes;

/// <summary>How many mailboxes may fail before a run stops: a number, or a share of those that were decided so far.</summary>
/// <param name="Count">The most that may fail, 0 or more.</param>
/// <param name="Percent">The largest share that may fail, 0 to 100.</param>
public sealed record FailureLimit(long? Count, double? Percent)
{
    // A share of very few mailboxes says little: one failure of three is a third.
    private const long FewestForShare = 20;

    /// <summary>Reads <c>20</c> or <c>5%</c>.</summary>
    /// <param name="text">The limit.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static FailureLimit Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100)
        {
            return new FailureLimit(null, percent);
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new FailureLimit(count, null)
            : throw new MailPassException(ErrorIds.InputInvalid, $"'{text}' is neither a number of failures nor a share.", "Write a number such as 20, or a share such as 5%.");
    }

    /// <summary>Whether too many failed.</summary>
    /// <param name="failed">How many failed.</param>
    /// <param name="all">How many were decided.</param>
    public bool IsExceeded(long failed, long all) =>
        Count is { } most ? failed > most : all >= FewestForShare && failed * 100.0 / all > Percent;

    /// <summary>As it is written.</summary>
    public override string ToString() => Count?.ToString(CultureInfo.InvariantCulture) ?? string.Create(CultureInfo.InvariantCulture, $"{Percent}%");
}
