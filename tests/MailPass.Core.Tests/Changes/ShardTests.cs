using MailPass.Changes;
using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Changes;

public sealed class ShardTests
{
    // printf %s alice@example.com | sha256sum | cut -c1-16, then modulo 8 with bc, plus 1.
    [Theory]
    [InlineData("alice@example.com", 8)]
    [InlineData("bob@example.org", 6)]
    public void A_mailbox_is_where_sha256sum_says(string address, int part)
    {
        Assert.True(new Shard(part, 8).Contains(MailboxAddress.Parse(address)));
        Assert.True(new Shard(part, 8).Contains("  " + address.ToUpperInvariant()));
    }

    [Fact]
    public void Every_mailbox_is_in_exactly_one_part()
    {
        var shards = Enumerable.Range(1, 7).Select(index => new Shard(index, 7)).ToList();
        var sizes = new int[7];
        for (var i = 0; i < 7000; i++)
        {
            var owner = shards.Single(shard => shard.Contains($"user{i}@example.com"));
            sizes[owner.Index - 1]++;
        }

        // 1,000 expected in each with a standard deviation of 29; ten of those is never seen by chance.
        Assert.All(sizes, size => Assert.InRange(size, 710, 1290));
    }

    [Fact]
    public void An_invalid_address_is_reported_by_exactly_one_part()
    {
        Assert.Single(Enumerable.Range(1, 5), index => new Shard(index, 5).Contains("not an address"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("0/8")]
    [InlineData("9/8")]
    [InlineData("-1/8")]
    [InlineData("1/0")]
    [InlineData("a/b")]
    [InlineData("1/2/3")]
    public void Invalid_shard_is_refused(string text)
    {
        var fault = Assert.Throws<MailPassException>(() => Shard.Parse(text));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
    }

    [Fact]
    public void A_shard_reads_as_it_is_written() => Assert.Equal("3/8", Shard.Parse("3/8").ToString());
}
