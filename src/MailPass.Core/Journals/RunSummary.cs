using System.Text.Json;
using MailPass.Changes;
using MailPass.Sessions;

namespace MailPass.Journals;

/// <summary>A run's outcome in numbers; it becomes the journal's last line.</summary>
public sealed class RunSummary
{
    private const int MostPoints = 120;

    private TimeSpan _step;

    /// <summary>Mailboxes that have their new password.</summary>
    public long Changed { get; set; }

    /// <summary>Mailboxes that had this password already.</summary>
    public long Unchanged { get; set; }

    /// <summary>Mailboxes that were not attempted.</summary>
    public long Skipped { get; set; }

    /// <summary>Mailboxes that failed; their rows say why.</summary>
    public long Failed { get; set; }

    /// <summary>How often each error id occurred.</summary>
    public SortedDictionary<string, long> Errors { get; init; } = new(StringComparer.Ordinal);

    /// <summary>For each session system, how often it gave each answer.</summary>
    public SortedDictionary<string, SortedDictionary<string, long>> Sessions { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The ways into the mailboxes that neither the new passwords nor the run closed, one sentence each.</summary>
    public IReadOnlyList<string> StillOpen { get; set; } = [];

    /// <summary>Points in time, and how many mailboxes were changed by then.</summary>
    public IList<RunPoint> Points { get; init; } = [];

    /// <summary>When the run ended.</summary>
    public DateTimeOffset Ended { get; set; }

    /// <summary>All mailboxes.</summary>
    internal long Total => Changed + Unchanged + Skipped + Failed;

    /// <summary>Whether a summary that was read is complete: the JSON reader accepts one that lacks members.</summary>
    internal bool IsWhole() => Errors is not null && Points?.All(static point => point is not null) == true
        && Sessions?.Values.All(static answers => answers is not null) == true && StillOpen?.All(static sentence => sentence is not null) == true;

    /// <summary>Counts a row.</summary>
    /// <param name="result">The row.</param>
    public void Count(ChangeResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        switch (result.Status)
        {
            case ChangeStatus.Changed: Changed++; AddPoint(result.Time); break;
            case ChangeStatus.Unchanged: Unchanged++; break;
            case ChangeStatus.Skipped: Skipped++; break;
            default: Failed++; break;
        }

        if (result.ErrorId is { } id)
        {
            Errors[id] = Errors.GetValueOrDefault(id) + 1;
        }

        foreach (var receipt in result.Receipts)
        {
            if (!Sessions.TryGetValue(receipt.System, out var answers))
            {
                Sessions[receipt.System] = answers = new(StringComparer.Ordinal);
            }

            var answer = receipt.Status.ToString();
            answers[answer] = answers.GetValueOrDefault(answer) + 1;
        }
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("changed"u8, Changed);
        json.WriteNumber("unchanged"u8, Unchanged);
        json.WriteNumber("skipped"u8, Skipped);
        json.WriteNumber("failed"u8, Failed);
        json.WritePropertyName("errors"u8);
        Write(json, Errors);
        json.WriteStartObject("sessions"u8);
        foreach (var (system, answers) in Sessions)
        {
            json.WritePropertyName(system);
            Write(json, answers);
        }

        json.WriteEndObject();
        json.WriteIfAny("stillOpen"u8, StillOpen);
        json.WriteStartArray("points"u8);
        foreach (var point in Points)
        {
            json.WriteStartObject();
            json.WriteString("time"u8, point.Time);
            json.WriteNumber("changed"u8, point.Changed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("ended"u8, Ended);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SortedDictionary<string, long> counts)
    {
        json.WriteStartObject();
        foreach (var (name, count) in counts)
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
    }

    // One point per step of time. The step grows with the run, so that the line stays short and early waves stay visible.
    private void AddPoint(DateTimeOffset time)
    {
        AddPoint(time, Changed);
        if (Points.Count > MostPoints * 2)
        {
            _step = (Points[^1].Time - Points[0].Time) / MostPoints;
            var all = Points.ToList();
            Points.Clear();
            all.ForEach(point => AddPoint(point.Time, point.Changed));
        }
    }

    private void AddPoint(DateTimeOffset time, long changed)
    {
        if (Points.Count > 0 && Points[^1] is var last && time - last.Time <= _step)
        {
            last.Changed = changed;
        }
        else
        {
            Points.Add(new(time, changed));
        }
    }
}

/// <summary>A point of a run's course.</summary>
/// <param name="Time">When.</param>
/// <param name="Changed">How many mailboxes had been changed.</param>
public sealed record RunPoint(DateTimeOffset Time, long Changed)
{
    /// <summary>How many mailboxes had been changed.</summary>
    public long Changed { get; internal set; } = Changed;
}
