using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

public sealed class PasswordSchemesTests
{
    [Theory]
    [InlineData("sha512-crypt", "SHA512-CRYPT")]
    [InlineData("{SSHA512.hex}", "SSHA512")]
    [InlineData("SHA", "SHA1")]
    [InlineData("CLEARTEXT", "PLAIN")]
    public void Finds_by_any_spelling(string name, string expected) => Assert.Equal(expected, PasswordSchemes.Get(name).Name);

    [Theory]
    [InlineData("ROT13")]
    [InlineData("")]
    [InlineData("SSHA512.zip")]
    public void Refuses_unknown_input(string name) =>
        Assert.Equal(ErrorIds.SchemeUnknown, Assert.Throws<MailPassException>(() => PasswordSchemes.Get(name)).ErrorId);

    [Theory]
    [InlineData("PLAIN", null, ErrorIds.SchemeUnknown)]
    [InlineData("MD5-CRYPT", null, ErrorIds.SchemeUnknown)]
    [InlineData("BLF-CRYPT", 3, ErrorIds.SchemeCostInvalid)]
    [InlineData("BLF-CRYPT", 32, ErrorIds.SchemeCostInvalid)]
    [InlineData("SHA512-CRYPT", 999, ErrorIds.SchemeCostInvalid)]
    [InlineData("SSHA512", 5, ErrorIds.SchemeCostInvalid)]
    [InlineData("SCRAM-SHA-256", 4095, ErrorIds.SchemeCostInvalid)]
    public void Refuses_settings_that_no_hash_can_be_made_with(string name, int? cost, string errorId) =>
        Assert.Equal(errorId, Assert.Throws<MailPassException>(() => PasswordSchemes.Parse(name, cost)).ErrorId);

    [Fact]
    public void Refuses_argon2_memory_out_of_range() =>
        Assert.Equal(ErrorIds.SchemeCostInvalid, Validate(new HashSettings("ARGON2ID", MemoryKiB: 7), "x")!.ErrorId);

    [Fact]
    public void Refuses_a_password_that_bcrypt_would_cut()
    {
        Assert.Null(Validate(new HashSettings("BLF-CRYPT"), new string('x', 72)));
        Assert.Null(Validate(new HashSettings("SHA512-CRYPT"), new string('x', 73)));
        Assert.Equal(ErrorIds.PasswordTooLongForScheme, Validate(new HashSettings("BLF-CRYPT"), new string('x', 73))!.ErrorId);
        Assert.Equal(ErrorIds.PasswordTooLongForScheme, Validate(new HashSettings("BLF-CRYPT"), new string('ä', 37))!.ErrorId);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\tb")]
    [InlineData("a\nb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    public void Refuses_control_characters(string password) =>
        Assert.Equal(ErrorIds.PasswordInvalid, Validate(new HashSettings("SHA512-CRYPT"), password)!.ErrorId);

    [Fact]
    public void Refuses_bytes_that_are_not_text()
    {
        using var password = Secret.FromUtf8([0x61, 0xff]);
        Assert.Equal(ErrorIds.PasswordInvalid, PasswordSchemes.Validate(PasswordSchemes.DefaultSettings, password)!.ErrorId);
    }

    [Theory]
    [InlineData("{PLAIN}aB1!")]
    [InlineData("$6$salt$hash")]
    [InlineData("😀 pässword")]
    public void Takes_any_other_text(string password) => Assert.Null(Validate(PasswordSchemes.DefaultSettings, password));

    [Theory]
    [InlineData("SHA512-CRYPT", null, 120)]
    [InlineData("SHA512-CRYPT", 5000, 120)]
    [InlineData("SHA512-CRYPT", 70000, 133)]
    [InlineData("SHA256-CRYPT", null, 77)]
    [InlineData("BLF-CRYPT", null, 71)]
    [InlineData("ARGON2ID", null, 107)]
    [InlineData("SCRAM-SHA-256", null, 134)]
    public void Knows_the_width_beforehand(string name, int? cost, int width) =>
        Assert.Equal(width, PasswordSchemes.LongestHash(PasswordSchemes.Parse(name, cost), withPrefix: true));

    private static MailPassException? Validate(HashSettings settings, string text)
    {
        using var password = Secret.FromChars(text);
        return PasswordSchemes.Validate(settings, password);
    }
}
