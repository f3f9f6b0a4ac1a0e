using System.Globalization;
using System.Text;
using CsvHelper;
using FsCheck;
using FsCheck.Fluent;
using OurReader = MailPass.Import.CsvReader;

namespace MailPass.Core.Tests.Import;

public sealed class CsvReaderTests
{
    public static TheoryData<string, string> Encodings => new()
    {
        { "UTF-8", "" }, { "UTF-8", "BOM" }, { "UTF-16LE", "" }, { "UTF-16LE", "BOM" }, { "UTF-16BE", "" }, { "UTF-16BE", "BOM" },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Reads_every_encoding(string name, string mark)
    {
        Encoding encoding = name switch
        {
            "UTF-8" => new UTF8Encoding(false),
            "UTF-16LE" => new UnicodeEncoding(false, false),
            _ => new UnicodeEncoding(true, false),
        };
        byte[] bytes = [.. encoding.GetBytes(mark.Length > 0 ? "\uFEFF" : ""), .. encoding.GetBytes("Mailbox,Password\nä@x.org,Grün🌲\n")];
        Assert.Equal([["Mailbox", "Password"], ["ä@x.org", "Grün🌲"]], (await ReadAsync(new MemoryStream(bytes))).Select(r => r.Fields));
    }

    [Fact]
    public async Task Lines_are_counted_through_quoted_line_ends()
    {
        var records = await ReadAsync("a,b\r\n\"x\r\ny\rz\nw\",2\n\n\r\n,\nlast,\"3\"");
        Assert.Equal([(1L, "a"), (2L, "x\r\ny\rz\nw"), (9L, "last")], records.Select(r => (r.Line, r.Fields[0])));
    }

    [Fact]
    public async Task Quote_within_a_bare_field_stands_for_itself() =>
        Assert.Equal(["a\"b", "c\""], (await ReadAsync("a\"b,c\"\n")).Single().Fields);

    [Theory]
    [InlineData("\"a\"x,b\n")]
    [InlineData("\"a,b\n")]
    public async Task Wrong_quotes_are_a_fault_of_their_record(string text) => Assert.NotNull((await ReadAsync(text))[0].Fault);

    [Theory]
    [InlineData("\"")]
    [InlineData("")]
    public async Task Record_that_is_too_long_fails_alone(string quote)
    {
        var records = await ReadAsync("a,b\n" + quote + new string('x', 3 << 20) + "\r\nc,d\n");
        Assert.Equal([(1L, false), (2L, true), (3L, false)], records.Select(record => (record.Line, record.Fault is not null)));
        Assert.Equal(["c", "d"], records[2].Fields);
    }

    [Fact]
    public void Fault_takes_no_other_line_with_it()
    {
        var good = Gen.Elements("a@x.org,pw", "\"b\",c", "d,\"e\"\"f\"");
        var bad = Gen.Elements("\"x\"y,z", "\"x,\"\"\"y\"z");
        Prop.ForAll(good.NonEmptyListOf().ToArbitrary(), bad.ToArbitrary(), (lines, fault) =>
        {
            var text = string.Join('\n', [.. lines, fault, .. lines]);
            var records = ReadAsync(new Trickle(Encoding.UTF8.GetBytes(text))).GetAwaiter().GetResult();
            return records.Select(record => record.Line).SequenceEqual(Enumerable.Range(1, (2 * lines.Count) + 1).Select(line => (long)line))
                && records.Count(record => record.Fault is not null) == 1
                && records[lines.Count].Fault is not null;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Agrees_with_CsvHelper_on_whatever_is_well_formed()
    {
        var field = Gen.Elements("", "a", "\"", "\"\"", ",", ";", "\n", "\r\n", " x ", "Grün", "🌲", "'; DROP TABLE t; --", new string('y', 5000))
            .ListOf().Select(parts => string.Concat(parts.Take(4)));
        var table = field.NonEmptyListOf().NonEmptyListOf();
        Prop.ForAll(table.ToArbitrary(), rows =>
        {
            var text = new StringBuilder();
            foreach (var row in rows)
            {
                text.AppendJoin(',', row.Select(value => '"' + value.Replace("\"", "\"\"", StringComparison.Ordinal) + '"')).Append('\n');
            }

            var ours = ReadAsync(new Trickle(Encoding.UTF8.GetBytes(text.ToString()))).GetAwaiter().GetResult();
            var theirs = ReadWithCsvHelper(text.ToString());
            return ours.All(record => record.Fault is null) && ours.Select(r => string.Join('\u0001', r.Fields)).SequenceEqual(theirs.Select(r => string.Join('\u0001', r)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Never_throws_or_loses_a_line_on_whatever_is_not()
    {
        var soup = Gen.Elements('"', ',', '\n', '\r', 'a', ';', '\0', '\uD83C').ListOf().Select(chars => new string([.. chars]));
        Prop.ForAll(soup.ToArbitrary(), text =>
        {
            var records = ReadAsync(new Trickle(Encoding.UTF8.GetBytes(text))).GetAwaiter().GetResult();
            return records.Select(r => r.Line).SequenceEqual(records.Select(r => r.Line).Distinct().Order());
        }).QuickCheckThrowOnFailure();
    }

    private static Task<List<Record>> ReadAsync(string text) => ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static async Task<List<Record>> ReadAsync(Stream stream)
    {
        using var reader = new OurReader(stream);
        var records = new List<Record>();
        while (await reader.ReadAsync(CancellationToken.None))
        {
            records.Add(new Record(reader.Line, [.. Enumerable.Range(0, reader.FieldCount).Select(i => new string(reader[i]))], reader.Fault));
        }

        return records;
    }

    private static List<string[]> ReadWithCsvHelper(string text)
    {
        using var parser = CsvHelper.CsvReader.FromText(text, new CsvReaderOptions { Separator = ',', HasHeader = false, DetectSeparatorHint = false });
        var rows = new List<string[]>();
        while (parser.Read())
        {
            var record = parser.Current.ToArray();
            if (record.Any(value => value.Length > 0))
            {
                rows.Add(record);
            }
        }

        return rows;
    }

    private sealed record Record(long Line, string[] Fields, string? Fault);

    /// <summary>Hands out a few bytes at a time, so that every border falls everywhere.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 7)], cancellationToken);
    }
}
