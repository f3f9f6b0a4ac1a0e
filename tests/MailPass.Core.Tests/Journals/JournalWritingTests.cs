using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MailPass.Journals;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Journals;

public sealed class JournalWritingTests
{
    private static readonly DateTimeOffset s_time = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.FromHours(2));

    private static JournalHeader Header => new()
    {
        Run = "20260304-050607-abcdef",
        Started = s_time,
        Operator = "änne",
        Host = "mx1",
        Process = 12,
        Head = "mailpass",
        Version = "1.2.3",
        Kind = "sqlite",
        Store = "/tmp/\"quoted\".db",
        Schema = "mailpass",
        Command = "reset",
        Scope = new RunScope(RunScopeKind.Domain, ["example.com", "例え.jp"], "1/2") { Except = ["svc*@example.com"] },
        Reason = "after a breach: <a@example.com> & others",
        ForceChange = true,
        Output = "out.csv",
        Envelope = "abc+/=",
    };

    [Fact]
    public void Header_is_written_with_every_member_that_is_read() => Check(Header, JournalJson.Default.JournalHeader, Header.WriteTo, header => header.Scope.ToString());

    [Fact]
    public void Line_of_the_index_is_written_with_every_member_that_is_read()
    {
        var line = new IndexLine { Run = Header.Run, Time = s_time, Event = IndexEvent.Restored, Header = Header, Journal = "a.journal", Digest = "abc=", Totals = [1, 2, 3, 4], By = "another" };
        Check(line, JournalJson.Default.IndexLine, line.WriteTo, read => read.Event.ToString());
    }

    [Fact]
    public void Summary_is_written_with_every_member_that_is_read()
    {
        var summary = new RunSummary { Changed = 1, Unchanged = 2, Skipped = 3, Failed = 4, StillOpen = ["App passwords still work."], Ended = s_time, Points = [new RunPoint(s_time, 1)] };
        summary.Errors["MailboxNotFound"] = 4;
        summary.Sessions["Dovecot mx1"] = new(StringComparer.Ordinal) { ["LoggedOut"] = 1 };
        Check(summary, JournalJson.Default.RunSummary, summary.WriteTo, read => read.Points[0].ToString());
    }

    [Fact]
    public void Members_without_a_value_are_left_out()
    {
        using var buffer = new ZeroingBuffer();
        using (var json = new Utf8JsonWriter(buffer, JournalWriting.Options))
        {
            (Header with { Reason = null, ForceChange = null, Output = null, Envelope = null }).WriteTo(json);
        }

        using var written = JsonDocument.Parse(Encoding.UTF8.GetString(buffer.Written));
        Assert.DoesNotContain(written.RootElement.EnumerateObject(), member => member.Name is "reason" or "forceChange" or "output" or "envelope");
    }

    // The second reader is the serializer with reflection, which knows of no member by heart.
    private static void Check<T>(T value, JsonTypeInfo<T> reading, Action<Utf8JsonWriter> write, Func<T, string> inner)
    {
        using var buffer = new ZeroingBuffer();
        using (var json = new Utf8JsonWriter(buffer, JournalWriting.Options))
        {
            write(json);
        }

        var text = Encoding.UTF8.GetString(buffer.Written);
        using var written = JsonDocument.Parse(text);
        Assert.Equal(reading.Properties.Select(member => member.Name).Order(StringComparer.Ordinal), written.RootElement.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        var again = JsonSerializer.Deserialize(text, reading)!;
        Assert.Equal(JsonSerializer.Serialize(value), JsonSerializer.Serialize(again));
        Assert.Equal(inner(value), inner(again));
    }
}
