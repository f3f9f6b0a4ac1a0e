using MailPass.Hashing;

namespace MailPass.Core.Tests.Hashing;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("512", 512L * 1024 * 1024)]
    [InlineData("512M", 512L * 1024 * 1024)]
    [InlineData(" 512mb ", 512L * 1024 * 1024)]
    [InlineData("0.5 GiB", 512L * 1024 * 1024)]
    [InlineData("2G", 2L * 1024 * 1024 * 1024)]
    [InlineData("1.5gb", 3L * 512 * 1024 * 1024)]
    [InlineData("64k", 65536L)]
    [InlineData("1T", 1L << 40)]
    [InlineData("100000000B", 100_000_000L)]
    public void An_amount_is_read_as_people_write_it(string text, long bytes)
    {
        Assert.True(MemorySize.TryParse(text, MemorySize.Mebibyte, out var read));
        Assert.Equal(bytes, read);
    }

    [Fact]
    public void A_bare_number_counts_in_the_callers_unit()
    {
        Assert.True(MemorySize.TryParse("1048576", 1, out var bytes));
        Assert.Equal(MemorySize.Mebibyte, bytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0.1B")]
    [InlineData("-1M")]
    [InlineData("M")]
    [InlineData("1X")]
    [InlineData("1MM")]
    [InlineData("1.2.3M")]
    [InlineData("1,5G")]
    [InlineData("9999999999999T")]
    [InlineData("1e3")]
    public void Invalid_texts_are_refused(string? text) => Assert.False(MemorySize.TryParse(text, MemorySize.Mebibyte, out _));
}
