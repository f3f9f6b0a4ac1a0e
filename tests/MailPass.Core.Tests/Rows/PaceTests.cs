using System.Globalization;
using System.Text;
using MailPass.Import;
using MailPass.Rows;

namespace MailPass.Core.Tests.Rows;

public sealed class PaceTests
{
    [Theory]
    [InlineData(1200L, 50_000L, 4.0, "1,200 of 50,000 mailboxes, 300 per second, 2:42 left")]
    [InlineData(1200L, null, 4.0, "1,200 mailboxes, 300 per second")]
    [InlineData(0L, 50_000L, 4.0, "0 of 50,000 mailboxes, 0 per second")]
    [InlineData(100L, 90L, 1.0, "100 of 100 mailboxes, 100 per second, 0:00 left")]
    [InlineData(1L, 10_000L, 1.0, "1 of 10,000 mailboxes, 1 per second, 2:46:39 left")]
    public void Text_says_done_of_total_and_time_left(long done, long? total, double seconds, string text) =>
        Assert.Equal(text, new Pace(done, total, TimeSpan.FromSeconds(seconds)).Text(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData(10)]
    [InlineData(5_000)]
    public async Task Csv_tells_about_how_many_rows_it_has(int rows)
    {
        var text = "Mailbox,Name\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"user{i:d6}@example.com,Somebody {i:d6}\n"));
        using var table = await CsvTable.OpenAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), "x.csv", [Column.Mailbox], [], new CsvOptions(), CancellationToken.None);
        Assert.Null(table.ExpectedRows);
        for (var read = 1; await table.ReadAsync(CancellationToken.None); read++)
        {
            Assert.InRange(table.ExpectedRows!.Value, read, long.MaxValue);
            if (read > rows / 10)
            {
                Assert.InRange(table.ExpectedRows!.Value, rows * 0.9, (rows * 1.1) + 1);
            }
        }

        Assert.Equal(rows, table.ExpectedRows);
    }

    [Fact]
    public void Pause_names_the_next_wave()
    {
        var wave = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeZoneInfo.Local.GetUtcOffset(new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Unspecified)));
        Assert.EndsWith(", next wave at 05:06:07", (new Pace(1, 2, TimeSpan.FromSeconds(1)) { NextWave = wave }).Text(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }
}
