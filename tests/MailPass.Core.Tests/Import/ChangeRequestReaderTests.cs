using System.Text;
using MailPass.Changes;
using MailPass.Import;

namespace MailPass.Core.Tests.Import;

public sealed class ChangeRequestReaderTests
{
    [Fact]
    public async Task Row_with_wrong_quotes_leaves_the_rest_alone()
    {
        var requests = await ReadAsync("Mailbox,Password\na@x.org,\"Secret-1\nb@x.org,\"Other-2\nc@x.org,Good-3\nd@x.org,\"Never closed\ne@x.org,Good-5\n");
        Assert.Equal(
            [(2L, "a@x.org", ErrorIds.InputInvalid), (3L, "b@x.org", ErrorIds.InputInvalid), (4L, "c@x.org", null), (5L, "d@x.org", ErrorIds.InputInvalid), (6L, "e@x.org", null)],
            requests.Select(request => (request.Line!.Value, request.Identity, request.Fault?.ErrorId)));
    }

    [Fact]
    public async Task Password_that_cannot_be_normalised_fails_its_row()
    {
        var requests = await ReadAsync("Mailbox,Password\na@x.org,Good-1\nb@x.org,Bad-\uFFFE\nc@x.org,Good-3\n");
        Assert.Equal([null, ErrorIds.PasswordInvalid, null], requests.Select(request => request.Fault?.ErrorId));
    }

    [Fact]
    public async Task Current_password_column_always_counts()
    {
        var requests = await ReadAsync("Mailbox,OldPassword,NewPassword\na@x.org,Old-1,New-1\nb@x.org,,New-2\n");
        Assert.Equal("Old-1", requests[0].CurrentPassword!.Reveal());
        Assert.Equal("New-1", requests[0].Password!.Reveal());
        Assert.Equal(ErrorIds.PasswordMissing, requests[1].Fault!.ErrorId);
        Assert.Null(requests[1].Password);
    }

    [Fact]
    public async Task Outer_space_is_kept_and_warned_about()
    {
        var warnings = new List<long>();
        var requests = await ReadAsync("Mailbox,Password\na@x.org, Lead-1\nb@x.org,Plain-2\nc@x.org,Trail-3\u00A0\n", warnings);
        Assert.Equal([" Lead-1", "Plain-2", "Trail-3\u00A0"], requests.Select(request => request.Password!.Reveal()));
        Assert.Equal([2, 4], warnings);
    }

    [Fact]
    public async Task Million_rows_take_flat_memory_and_have_their_lines()
    {
        using var reader = await ChangeRequestReader.OpenWithPasswordsAsync(new Rows(1_000_000), "rows", CsvOptions.Default, needsCurrent: false, null, null, CancellationToken.None);
        var (count, line, least) = (0L, 0L, long.MaxValue);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await foreach (var request in reader.ReadAllAsync(CancellationToken.None))
        {
            line = request.Line!.Value;
            request.Password!.Dispose();
            if (++count % 100_000 == 0 && count > 500_000)
            {
                least = Math.Min(least, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal((1_000_000, 1_000_001), (count, line));

        // Rows that are kept take 60 MB by then, and more each time; what other tests use meanwhile comes and goes.
        Assert.InRange(least, long.MinValue, 30_000_000);
    }

    private static async Task<List<ChangeRequest>> ReadAsync(string csv, List<long>? warnings = null)
    {
        using var reader = await ChangeRequestReader.OpenWithPasswordsAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(csv)), "in.csv", CsvOptions.Default, needsCurrent: false, null, (line, _) => warnings?.Add(line), CancellationToken.None);
        return await reader.ReadAllAsync().ToListAsync();
    }

    /// <summary>A CSV made as it is read.</summary>
    private sealed class Rows(int count) : MemoryStream
    {
        private byte[] _rest = "Mailbox,Password\n"u8.ToArray();
        private int _next;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.Length == 0 && _next < count)
            {
                var rows = Math.Min(1000, count - _next);
                _rest = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(_next, rows).Select(i => $"user{i}@example.com,New-Secret-{i}\n")));
                _next += rows;
            }

            var length = Math.Min(_rest.Length, buffer.Length);
            _rest.AsMemory(0, length).CopyTo(buffer);
            _rest = _rest[length..];
            return ValueTask.FromResult(length);
        }
    }
}
