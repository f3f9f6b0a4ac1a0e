using MailPass.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MailPass.Core.Tests.Diagnostics;

public sealed class EventSinkTests
{
    [Fact]
    public void Events_arrive_as_text_with_their_ids()
    {
        var events = new List<CoreEvent>();
        var sink = new EventSink(events.Add);

        sink.Logger.Log(LogLevel.Warning, new EventId(1203, "Retry"), 3, null, (count, _) => $"Tried {count} times.");

        Assert.Equal(new CoreEvent(EventSeverity.Warning, 1203, "Retry", "Tried 3 times."), Assert.Single(events));
    }

    [Theory]
    [InlineData(EventSeverity.Debug, 6)]
    [InlineData(EventSeverity.Information, 4)]
    [InlineData(EventSeverity.Warning, 3)]
    [InlineData(EventSeverity.Error, 2)]
    public void Events_below_the_level_are_not_formatted(EventSeverity minimum, int expected)
    {
        var events = new List<CoreEvent>();
        var formatted = 0;
        var sink = new EventSink(events.Add, minimum);

        foreach (var level in Enum.GetValues<LogLevel>())
        {
            sink.Logger.Log(level, 0, level, null, (_, _) =>
            {
                formatted++;
                return "text";
            });
        }

        Assert.Equal(expected, events.Count);
        Assert.Equal(expected, formatted);
    }
}
