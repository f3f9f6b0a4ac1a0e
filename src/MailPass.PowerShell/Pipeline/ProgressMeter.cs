using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using MailPass.Rows;

namespace MailPass.PowerShell.Pipeline;

/// <summary>Shows how far a run is, at most five times per second, and nothing for a run that ends at once.</summary>
/// <param name="activity">What is being done.</param>
internal sealed class ProgressMeter(string activity)
{
    // One id for all of MailPass: two bars of the same run would only push each other about.
    private const int ActivityId = 0x4d50;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _shown;
    private bool _anyShown;

    /// <summary>How many mailboxes there are, if that is known; asked each time that the count is shown.</summary>
    public Func<long?> Total { get; init; } = static () => null;

    /// <summary>Shows the count, unless it was shown a moment ago. Only on the pipeline thread.</summary>
    public void Show(Cmdlet cmdlet, long count, string? detail = null, DateTimeOffset? nextWave = null)
    {
        var elapsed = Stopwatch.GetElapsedTime(_start);
        if (elapsed - _shown < _interval)
        {
            return;
        }

        _shown = elapsed;
        _anyShown = true;
        var pace = new Pace(count, Total(), elapsed) { NextWave = nextWave };
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, pace.Text(CultureInfo.CurrentCulture) + (detail is null ? string.Empty : $", {detail}"))
        {
            PercentComplete = pace.Fraction is { } done ? (int)(done * 100) : -1,
            SecondsRemaining = pace.Left is { } left ? (int)left.TotalSeconds : -1,
        });
    }

    /// <summary>Takes the bar away.</summary>
    public void Complete(Cmdlet cmdlet)
    {
        if (_anyShown)
        {
            cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }
}
