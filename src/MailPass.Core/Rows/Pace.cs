using System.Globalization;

namespace MailPass.Rows;

/// <summary>How far a run is, for the progress of both heads.</summary>
/// <param name="Done">How many mailboxes are done.</param>
/// <param name="Total">How many there are, if that is known; taken for as many as are done if it is less.</param>
/// <param name="Elapsed">How long that took.</param>
public readonly record struct Pace(long Done, long? Total, TimeSpan Elapsed)
{
    /// <summary>Mailboxes per second.</summary>
    public double Rate => Done / Math.Max(Elapsed.TotalSeconds, 0.001);

    /// <summary>How much is done, 0 to 1, if that is known.</summary>
    public double? Fraction => Total is { } total ? Math.Min(1, Done / (double)Math.Max(total, 1)) : null;

    /// <summary>How long the rest takes at this rate, if that can be estimated.</summary>
    public TimeSpan? Left => Total is { } total && Done > 0
        ? TimeSpan.FromSeconds(Math.Min(Math.Max(total - Done, 0) / Rate, TimeSpan.FromDays(999).TotalSeconds))
        : null;

    /// <summary>When the next wave begins, while the run waits for it.</summary>
    public DateTimeOffset? NextWave { get; init; }

    /// <summary>Such as <c>1,200 of 50,000 mailboxes, 300 per second, 2:43 left</c>.</summary>
    /// <param name="culture">How numbers are written.</param>
    public string Text(CultureInfo culture)
    {
        var of = Total is { } total ? string.Create(culture, $" of {Math.Max(total, Done):N0}") : string.Empty;
        return string.Create(culture, $"{Done:N0}{of} mailboxes, {Rate:N0} per second{(NextWave is { } wave ? $", next wave at {wave.ToLocalTime():HH:mm:ss}" : Left is { } left ? $", {Clock(left)} left" : string.Empty)}");
    }

    private static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
