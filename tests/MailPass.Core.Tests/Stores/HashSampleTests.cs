using MailPass.Stores;

namespace MailPass.Core.Tests.Stores;

public sealed class HashSampleTests
{
    private const string Sha512 = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    private const string Md5 = "$1$rasmusle$rISCgZzpwk3UhDidwXvin0";

    [Fact]
    public void Sample_tells_bare_schemes_from_prefixed_ones()
    {
        var sample = Of(null, Sha512, Md5, "{SSHA}G58uHPVor5nbJIKHTBSq9SKFpattGRVq", "!locked", "", null);
        Assert.Equal(["MD5-CRYPT", "SHA512-CRYPT"], sample.BareSchemes);
        Assert.Equal(["SSHA"], sample.PrefixedSchemes);
        Assert.True(sample.IsMostlyBare);
        Assert.False(sample.HasNameless);
    }

    [Theory]
    [InlineData(1, 1, true, "begin with {SCHEME}.")]
    [InlineData(1, 2, false, "but for mailboxes whose own hash begins with $.")]
    public void Nameless_hashes_prevail_or_not(int nameless, int named, bool prevail, string told)
    {
        var sample = Of(null, [.. Enumerable.Repeat("d41d8cd98f00b204e9800998ecf8427e", nameless), .. Enumerable.Repeat(Sha512, named), "{SSHA}G58uHPVor5nbJIKHTBSq9SKFpattGRVq"]);
        Assert.Equal(prevail, sample.IsMostlyNameless);
        Assert.EndsWith(told, Assert.Single(sample.Contradictions(PrefixStyle.AsStored)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PrefixStyle.AsStored, null, Md5, "MD5-CRYPT")]
    [InlineData(PrefixStyle.AsStored, null, "d41d8cd98f00b204e9800998ecf8427e", "PLAIN-MD5")]
    [InlineData(PrefixStyle.AsStored, "CRYPT", "f.sJ2C49GipdI", "neither {SCHEME} nor $")]
    [InlineData(PrefixStyle.Never, null, "{SHA512-CRYPT}" + Sha512, "begin with {SCHEME}")]
    [InlineData(PrefixStyle.Always, null, "f.sJ2C49GipdI", "neither {SCHEME} nor $")]
    public void Contradiction_of_the_schema_is_reported(PrefixStyle prefix, string? unprefixed, string hash, string told) =>
        Assert.Contains(told, Assert.Single(Of(unprefixed, hash, hash).Contradictions(prefix)), StringComparison.Ordinal);

    [Theory]
    [InlineData(PrefixStyle.AsStored, null, Sha512)]
    [InlineData(PrefixStyle.AsStored, "CRYPT", Md5)]
    [InlineData(PrefixStyle.AsStored, "PLAIN-MD5", "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData(PrefixStyle.Never, null, Sha512)]
    [InlineData(PrefixStyle.Always, null, "{SHA512-CRYPT}" + Sha512)]
    public void Store_that_fits_its_schema_is_not_warned_of(PrefixStyle prefix, string? unprefixed, string hash) =>
        Assert.Empty(Of(unprefixed, hash).Contradictions(prefix));

    private static HashSample Of(string? unprefixed, params string?[] hashes)
    {
        var sample = new HashSample(unprefixed);
        foreach (var hash in hashes)
        {
            sample.Add(hash);
        }

        return sample;
    }
}
