using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

public sealed class TargetHashTests
{
    private const string Sha512 = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    private const string Md5 = "$1$rasmusle$rISCgZzpwk3UhDidwXvin0";
    private const string Bcrypt = "$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    private const string Argon2 = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    private const string Yescrypt = "$y$j9T$abcdefgh$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV04";

    private static readonly StoreInfo AsStored = new() { Kind = "t", Location = "t", Schema = "t", Prefix = PrefixStyle.AsStored };

    [Theory]
    [InlineData(Sha512, "SHA512-CRYPT", false)]
    [InlineData("{SHA512-CRYPT}" + Sha512, "SHA512-CRYPT", true)]
    [InlineData("{ARGON2ID}" + Argon2, "ARGON2ID", true)]
    [InlineData(Argon2, "ARGON2ID", true)]
    [InlineData(Md5, "SHA512-CRYPT", true)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e", "SHA512-CRYPT", true)]
    [InlineData("{SHA256}$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8", "SHA512-CRYPT", true)]
    [InlineData("{CRYPT}" + Yescrypt, "SHA512-CRYPT", true)]
    [InlineData(Yescrypt, "SHA512-CRYPT", true)]
    public void AsStored_own_hash_decides_scheme_and_prefix(string stored, string scheme, bool withPrefix)
    {
        // Most hashes of the table have no prefix, and another scheme than some of these.
        var plan = Plan(AsStored with { IsMostlyBare = true, BareSchemes = ["MD5-CRYPT", "SHA512-CRYPT"] }, stored);
        Assert.Equal((scheme, withPrefix), (plan.Settings.Scheme, plan.Prefix.Length > 0));
    }

    [Theory]
    [InlineData("SHA512-CRYPT", 106)]
    [InlineData("BLF-CRYPT", 60)]
    public void Hash_that_fills_its_column_fits(string scheme, int length)
    {
        var settings = PasswordSchemes.Parse(scheme);
        var width = PasswordSchemes.Prefix(settings).Length + length;
        Assert.Equal(scheme, Plan(AsStored with { HashColumnWidth = width }, null, settings).Settings.Scheme);
        Assert.Equal(ErrorIds.HashTooLongForColumn, Assert.Throws<MailPassException>(() => Plan(AsStored with { HashColumnWidth = width - 1 }, null, settings)).ErrorId);
    }

    [Theory]
    [InlineData("BLF-CRYPT", null, true)]
    [InlineData("BLF-CRYPT", "CRYPT", false)]
    [InlineData("SHA512-CRYPT", null, false)]
    [InlineData("ARGON2ID", "CRYPT", true)]
    [InlineData("PBKDF2", "CRYPT", true)]
    [InlineData("SCRAM-SHA-256", "CRYPT", true)]
    [InlineData("SSHA512", "CRYPT", true)]
    [InlineData("SHA512-CRYPT.HEX", "CRYPT", true)]
    public void AsStored_named_scheme_is_bare_only_if_readable(string scheme, string? unprefixed, bool withPrefix)
    {
        var plan = Plan(AsStored with { BareSchemes = ["SHA512-CRYPT"], UnprefixedScheme = unprefixed }, Sha512, PasswordSchemes.Parse(scheme));
        Assert.Equal(withPrefix, plan.Prefix.Length > 0);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    [InlineData(false, false, true)]
    public void AsStored_mailbox_without_hash_follows_the_store(bool mostlyBare, bool nameless, bool withPrefix)
    {
        var store = AsStored with { IsMostlyBare = mostlyBare, BareSchemes = ["SHA512-CRYPT"], HasNamelessHashes = nameless };
        Assert.Equal(withPrefix, Plan(store, null).Prefix.Length > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AsStored_own_bare_hash_beside_nameless_ones(bool mostly)
    {
        var store = AsStored with { IsMostlyBare = true, BareSchemes = ["SHA512-CRYPT"], HasNamelessHashes = true, IsMostlyNameless = mostly };
        Assert.Equal(mostly, Plan(store, Sha512).Prefix.Length > 0);
    }

    [Fact]
    public void Never_empty_store_takes_the_default_scheme()
    {
        var store = AsStored with { Prefix = PrefixStyle.Never, DefaultScheme = "BLF-CRYPT", Schemes = ["BLF-CRYPT", "SHA512-CRYPT"] };
        var plan = Plan(store, null);
        Assert.Equal(("BLF-CRYPT", false), (plan.Settings.Scheme, plan.Prefix.Length > 0));
        Refused(store, null, ErrorIds.SchemeUnknown, "SHA512-CRYPT");
    }

    [Fact]
    public void Never_other_bare_scheme_is_refused_and_named()
    {
        var store = AsStored with { Prefix = PrefixStyle.Never, DefaultScheme = "BLF-CRYPT", Schemes = ["BLF-CRYPT", "SHA512-CRYPT"], BareSchemes = ["SHA512-CRYPT"] };
        Assert.Equal(("SHA512-CRYPT", ""), (Plan(store, Sha512).Settings.Scheme, Plan(store, Sha512).Prefix));
        Assert.Contains("SHA512-CRYPT", Refused(store, Sha512, ErrorIds.SchemeUnknown, "BLF-CRYPT").Remedy, StringComparison.Ordinal);
        Assert.Empty(Plan(store, Sha512, new HashSettings("BLF-CRYPT"), allowAny: true).Prefix);
        Refused(store, Sha512, ErrorIds.SchemeUnknown, "ARGON2ID", allowAny: true);
    }

    [Fact]
    public void Never_nameless_hashes_refuse_unproven_schemes()
    {
        var store = AsStored with { Prefix = PrefixStyle.Never, DefaultScheme = "BLF-CRYPT", Schemes = ["BLF-CRYPT"], HasNamelessHashes = true };
        Refused(store, "d41d8cd98f00b204e9800998ecf8427e", ErrorIds.SchemeUnknown);
    }

    [Fact]
    public void Named_scheme_must_be_listed_unless_the_admin_insists()
    {
        var store = AsStored with { Schemes = ["SHA512-CRYPT"], Prefix = PrefixStyle.Always };
        Assert.Contains("SHA512-CRYPT", Refused(store, Sha512, ErrorIds.SchemeUnknown, "SSHA512").Remedy, StringComparison.Ordinal);
        Assert.Equal("SSHA512", Plan(store, Sha512, new HashSettings("SSHA512"), allowAny: true).Settings.Scheme);
    }

    [Fact]
    public void Named_scheme_that_occurs_in_the_store_is_allowed()
    {
        var store = AsStored with { Schemes = ["SHA512-CRYPT"], PrefixedSchemes = ["SSHA512"] };
        Assert.Equal("{SSHA512}", Plan(store, Sha512, new HashSettings("SSHA512")).Prefix);
        Refused(store, Sha512, ErrorIds.SchemeUnknown, "PBKDF2");
    }

    [Fact]
    public void Named_scheme_with_a_caveat_says_it()
    {
        var store = AsStored with { Schemes = ["ARGON2ID"], SchemeCaveats = new Dictionary<string, string> { ["ARGON2ID"] = "But." } };
        Assert.Equal("But.", Plan(store, Sha512, new HashSettings("ARGON2ID")).Remark);
    }

    [Fact]
    public void Scheme_known_by_another_name_gets_that_prefix()
    {
        var store = AsStored with { Prefix = PrefixStyle.Always, SchemePrefixes = new Dictionary<string, string> { ["SHA512-CRYPT"] = "CRYPT" } };
        Assert.Equal("{CRYPT}x", Plan(store, "{SHA512-CRYPT}" + Sha512).Write("x"));
        Assert.Equal("{SHA512-CRYPT.B64}x", Plan(store, null, new HashSettings("SHA512-CRYPT", Encoding: "B64")).Write("x"));
    }

    [Fact]
    public void Kept_scheme_that_not_all_read_gives_way_and_says_so()
    {
        var store = AsStored with { Schemes = ["BLF-CRYPT"], DefaultScheme = "BLF-CRYPT", Prefix = PrefixStyle.Always };
        var plan = Plan(store, "{SHA512-CRYPT}" + Sha512);
        Assert.Equal("BLF-CRYPT", plan.Settings.Scheme);
        Assert.Contains("replaced SHA512-CRYPT", plan.Remark, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{CRAM-MD5}e02d374fde0dc75a17a557039a3a5338c7743304777dccd376f332bee68d2cf6", null)]
    [InlineData("{DIGEST-MD5}d41d8cd98f00b204e9800998ecf8427e", null)]
    [InlineData("{PLAIN}secret", null)]
    [InlineData("{PLAIN.b64}c2VjcmV0", null)]
    [InlineData("{cleartext}secret", null)]
    [InlineData("secret", "PLAIN")]
    [InlineData("secret", null)]
    [InlineData("Corr3ct!horse battery staple", null)]
    [InlineData("e02d374fde0dc75a17a557039a3a5338c7743304777dccd376f332bee68d2cf6", null)]
    [InlineData("{SCRAM-SHA-1}4096,aa,bb,cc", null)]
    public void Challenge_response_hash_is_not_replaced_unasked(string stored, string? unprefixed)
    {
        var store = AsStored with { UnprefixedScheme = unprefixed };
        Assert.Contains("SCRAM-SHA-256", Refused(store, stored, ErrorIds.SchemeChoiceNeeded).Remedy, StringComparison.Ordinal);
        Assert.Equal("{SHA512-CRYPT}", Plan(store, stored, new HashSettings("SHA512-CRYPT")).Prefix);
    }

    [Theory]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData("f.sJ2C49GipdI")]
    [InlineData("G58uHPVor5nbJIKHTBSq9SKFpattGRVq")]
    [InlineData("$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("{OTHER}x")]
    public void Nameless_digest_is_replaced_with_a_prefix(string stored) => Assert.Equal("{SHA512-CRYPT}", Plan(AsStored, stored).Prefix);

    [Fact]
    public void Scram_is_kept_or_refused_and_not_replaced()
    {
        const string Scram = "{SCRAM-SHA-256}4096,MTIzNDU2Nzg5MDEyMzQ1Ng==,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        Assert.Equal("SCRAM-SHA-256", Plan(AsStored, Scram).Settings.Scheme);
        Refused(AsStored with { Prefix = PrefixStyle.Always, Schemes = ["SSHA512"] }, Scram, ErrorIds.SchemeChoiceNeeded);
    }

    [Theory]
    [InlineData("{BLF-CRYPT}$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "changed from 31 to 14 log2 rounds")]
    [InlineData("{BLF-CRYPT}$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "changed from 5 to 10 log2 rounds")]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=4000000,t=1000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "changed from 1000 passes in 4000000 KiB to 4 in 1048576")]
    [InlineData("{BLF-CRYPT}" + Bcrypt, null)]
    public void Changed_cost_is_reported(string stored, string? remark)
    {
        var told = Plan(AsStored, stored).Remark;
        Assert.True(remark is null ? told is null : told!.Contains(remark, StringComparison.Ordinal), told);
    }

    private static HashPlan Plan(StoreInfo store, string? stored, HashSettings? asked = null, bool allowAny = false) =>
        new TargetHash(store, asked, allowAny).For(new MailboxAccount { Address = MailboxAddress.Parse("a@example.com"), StoreKey = "a", PasswordHash = stored });

    private static MailPassException Refused(StoreInfo store, string? stored, string errorId, string? asked = null, bool allowAny = false)
    {
        var fault = Assert.Throws<MailPassException>(() => Plan(store, stored, asked is null ? null : new HashSettings(asked), allowAny));
        Assert.Equal(errorId, fault.ErrorId);
        Assert.NotNull(fault.Remedy);
        return fault;
    }
}
