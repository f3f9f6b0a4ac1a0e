using System.Text.Json;

namespace MailPass.Journals;

/// <summary>A line of the index of runs: something that happened to a run.</summary>
internal sealed record IndexLine
{
    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What happened.</summary>
    public required IndexEvent Event { get; init; }

    /// <summary>The journal's first line, when the run begins.</summary>
    public JournalHeader? Header { get; init; }

    /// <summary>The journal, when the run begins.</summary>
    public string? Journal { get; init; }

    /// <summary>The digest of the journal's last line, when the run ends.</summary>
    public string? Digest { get; init; }

    /// <summary>Changed, unchanged, skipped and failed mailboxes, when the run ends.</summary>
    public long[]? Totals { get; init; }

    /// <summary>The run that undid it.</summary>
    public string? By { get; init; }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("run"u8, Run);
        json.WriteString("time"u8, Time);
        json.WriteString("event"u8, Event.ToString());
        if (Header is not null)
        {
            json.WritePropertyName("header"u8);
            Header.WriteTo(json);
        }

        json.WriteIfAny("journal"u8, Journal);
        json.WriteIfAny("digest"u8, Digest);
        if (Totals is not null)
        {
            json.WriteStartArray("totals"u8);
            foreach (var total in Totals)
            {
                json.WriteNumberValue(total);
            }

            json.WriteEndArray();
        }

        json.WriteIfAny("by"u8, By);
        json.WriteEndObject();
    }
}

/// <summary>What the index says about a run.</summary>
internal enum IndexEvent
{
    Begun,
    Resumed,
    Ended,
    Restored,
    Removed,
}
