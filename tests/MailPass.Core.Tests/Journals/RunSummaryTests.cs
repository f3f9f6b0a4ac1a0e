using MailPass.Changes;
using MailPass.Journals;

namespace MailPass.Core.Tests.Journals;

public sealed class RunSummaryTests
{
    [Fact]
    public void Points_show_every_wave_of_a_long_run()
    {
        const int Waves = 6;
        const int Size = 2000;
        var summary = new RunSummary();
        var begin = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
        for (var i = 0; i < Waves * Size; i++)
        {
            summary.Count(new ChangeResult { Mailbox = "a@example.com", Domain = "example.com", Status = ChangeStatus.Changed, Time = Start(i / Size).AddMilliseconds(i % Size / 10.0) });
        }

        Assert.InRange(summary.Points.Count, Waves, 240);
        Assert.Equal(Waves * Size, summary.Points[^1].Changed);
        for (var wave = 1; wave < Waves; wave++)
        {
            Assert.Equal(wave * Size, summary.Points.Last(point => point.Time < Start(wave)).Changed);
        }

        DateTimeOffset Start(int wave) => begin.AddSeconds(wave * 10);
    }
}
