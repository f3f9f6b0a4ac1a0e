using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace MailPass.PowerShell.Pipeline;

/// <summary>Shows how far a run is: count and rate, at most five times a second, and nothing at all for what is done at once.</summary>
/// <param name="activity">What is being done.</param>
/// <param name="total">How many there are, where that is known.</param>
internal sealed class ProgressMeter(string activity, long? total = null)
{
    // One id for all of MailPass: two bars of the same run would only push each other about.
    private const int ActivityId = 0x4d50;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _shown;
    private bool _anyShown;

    /// <summary>Shows the count, unless it was shown a moment ago. Only on the pipeline thread.</summary>
    public void Show(Cmdlet cmdlet, long count, string? detail = null)
    {
        var elapsed = Stopwatch.GetElapsedTime(_start);
        if (elapsed - _shown < _interval)
        {
            return;
        }

        _shown = elapsed;
        _anyShown = true;
        var rate = count / elapsed.TotalSeconds;
        var record = new ProgressRecord(ActivityId, activity, string.Create(
            CultureInfo.CurrentCulture,
            $"{count:N0}{(total is null ? string.Empty : $" of {total:N0}")} mailboxes, {rate:N0} a second{(detail is null ? string.Empty : $", {detail}")}"))
        {
            PercentComplete = total is > 0 ? (int)Math.Min(100, count * 100 / total.Value) : -1,
        };
        if (total is { } all && rate > 0)
        {
            record.SecondsRemaining = (int)Math.Min(int.MaxValue, (all - count) / rate);
        }

        cmdlet.WriteProgress(record);
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
