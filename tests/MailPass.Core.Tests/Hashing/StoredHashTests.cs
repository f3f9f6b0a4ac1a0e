using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

public sealed class StoredHashTests
{
    private const string Sha512 = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    private const string Bcrypt = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    [Theory]
    [InlineData("{SHA512-CRYPT}" + Sha512, null, true)]
    [InlineData("{sha512-crypt}" + Sha512, null, true)]
    [InlineData("{CRYPT}" + Sha512, null, true)]
    [InlineData("{BLF-CRYPT}" + Sha512, null, true)] // crypt(3) goes by the $6$
    [InlineData(Sha512, null, false)]
    [InlineData(Sha512, "CRYPT", false)]
    [InlineData(Sha512, "SHA512-CRYPT", false)]
    [InlineData(Sha512, "{MD5-CRYPT}", false)]
    public void Names_the_scheme_inside(string text, string? unprefixed, bool hasPrefix)
    {
        var hash = StoredHash.Parse(text, unprefixed);
        Assert.Equal(new HashSettings("SHA512-CRYPT", 5000), hash.Settings);
        Assert.Equal(hasPrefix, hash.HasPrefix);
        using var password = Secret.FromChars("Hello world!");
        Assert.True(hash.Verify(password));
    }

    [Theory]
    [InlineData("{SHA512-CRYPT}$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.", "SHA512-CRYPT", 5000)]
    [InlineData("{SHA512-CRYPT}$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0", "SHA512-CRYPT", 77777)]
    [InlineData("{CRYPT}" + Bcrypt, "BLF-CRYPT", 10)]
    [InlineData("{BLF-CRYPT}$2y$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "BLF-CRYPT", 12)]
    [InlineData("$1$rasmusle$rISCgZzpwk3UhDidwXvin0", "SHA512-CRYPT", null)]
    [InlineData("{PLAIN}secret", "SHA512-CRYPT", null)]
    [InlineData("{PLAIN.b64}c2VjcmV0", "SHA512-CRYPT", null)]
    [InlineData("{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "SHA512-CRYPT", null)]
    [InlineData("{SSHA}G58uHPVor5nbJIKHTBSq9SKFpattGRVq", "SHA512-CRYPT", null)]
    [InlineData("{SSHA256}ZkcNVg1TpNuOk9Q4e6S4n8SbWthqiEzqDj5woVm8OsgvKvKT", "SSHA256", null)]
    [InlineData("{PBKDF2}$1$salt$1$0c60c80f961f0e71f3a9b524af6012062fe037a6", "PBKDF2", 5000)]
    public void Keeps_scheme_and_cost_but_never_weaker_than_sane(string text, string scheme, int? cost) =>
        Assert.Equal(new HashSettings(scheme, cost), StoredHash.Parse(text).SettingsToKeep);

    [Theory]
    [InlineData("m=65536,t=3,p=1", 65536, 3, 1)]
    [InlineData("m=19456,t=2,p=1", 65536, 3, 1)]
    [InlineData("m=1048576,t=1,p=4", 1048576, 1, 4)]
    [InlineData("m=131072,t=1,p=2", 131072, 3, 2)]
    public void Keeps_argon2(string stored, int memory, int passes, int lanes) =>
        Assert.Equal(
            new HashSettings("ARGON2ID", passes, memory, lanes),
            StoredHash.Parse($"{{ARGON2ID}}$argon2id$v=19${stored}$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc").SettingsToKeep);

    [Fact]
    public void Renews_argon2i_as_argon2id() =>
        Assert.Equal(new HashSettings("ARGON2ID"), StoredHash.Parse("$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8").SettingsToKeep);

    [Fact]
    public void Keeps_the_encoding()
    {
        var hash = StoredHash.Parse("{SSHA512.HEX}863d128c6df6642a018ef01c80b13bb34cc40fa1ec21758d8d1a26e09d8e3748ed436a99dedf624e1590e913f99cfcd831bbcd11940ca85eadf8109a7dfda5d19280681b");
        using var password = Secret.FromChars("abc");
        Assert.True(hash.Verify(password));
        Assert.Equal(new HashSettings("SSHA512", Encoding: "HEX"), hash.SettingsToKeep);
        Assert.Equal("{SSHA512.HEX}", PasswordSchemes.Prefix(hash.SettingsToKeep));
    }

    [Theory]
    [InlineData("{PLAIN}{PLAIN}aB1!", "{PLAIN}aB1!")]
    [InlineData("{CLEAR}$6$x", "$6$x")]
    [InlineData("{MD5}900150983cd24fb0d6963f7d28e17f72", "abc")]
    public void Reads_only_the_text_after_the_first_brace(string text, string password) => PublishedVectorTests.AssertOnly(password, text);

    [Theory]
    [InlineData("{FOO}abc", ErrorIds.SchemeUnknown)]
    [InlineData("{OTP}sha1 1024 316bba464ef8f586 55cbfc3baaf80d9e", ErrorIds.SchemeUnknown)]
    [InlineData("{SSHA512.rot13}abc", ErrorIds.SchemeUnknown)]
    [InlineData("{CRYPT}f.sJ2C49GipdI", ErrorIds.SchemeUnknown)]
    [InlineData("{DES-CRYPT}f.sJ2C49GipdI", ErrorIds.SchemeUnknown)]
    [InlineData("$y$j9T$", ErrorIds.HashUnreadable)]
    [InlineData("$3$$8846f7eaee8fb117ad06bdd830b7586c", ErrorIds.SchemeUnknown)]
    [InlineData("$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", ErrorIds.SchemeUnknown)]
    [InlineData("", ErrorIds.HashUnreadable)]
    [InlineData("{}", ErrorIds.HashUnreadable)]
    [InlineData("!locked", ErrorIds.HashUnreadable)]
    [InlineData("f.sJ2C49GipdI", ErrorIds.HashUnreadable)]
    [InlineData("$6$", ErrorIds.HashUnreadable)]
    [InlineData("$6$saltstring$short", ErrorIds.HashUnreadable)]
    [InlineData("$6$saltstringsaltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", ErrorIds.HashUnreadable)]
    [InlineData("$6$rounds=999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", ErrorIds.HashUnreadable)]
    [InlineData("$6$rounds=x$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", ErrorIds.HashUnreadable)]
    [InlineData("$6$saltstring$!vn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", ErrorIds.HashUnreadable)]
    [InlineData("$2y$05$tooshort", ErrorIds.HashUnreadable)]
    [InlineData("$2y$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", ErrorIds.HashUnreadable)]
    [InlineData("$argon2id$v=19$m=4294967296,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", ErrorIds.HashUnreadable)]
    [InlineData("$argon2id$v=19$m=7,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", ErrorIds.HashUnreadable)]
    [InlineData("$argon2id$v=16$m=256,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", ErrorIds.HashUnreadable)]
    [InlineData("{SSHA512}not base64!", ErrorIds.HashUnreadable)]
    [InlineData("{SSHA512}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", ErrorIds.HashUnreadable)]
    [InlineData("{SHA256}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", ErrorIds.HashUnreadable)]
    [InlineData("{SSHA512.hex}zz", ErrorIds.HashUnreadable)]
    [InlineData("{PBKDF2}$1$salt$0$0c60c80f961f0e71f3a9b524af6012062fe037a6", ErrorIds.HashUnreadable)]
    [InlineData("{SCRAM-SHA-256}4096,aa,bb", ErrorIds.HashUnreadable)]
    public void Says_why_a_hash_cannot_be_read_without_quoting_it(string text, string errorId)
    {
        Assert.False(StoredHash.TryParse(text, null, out _, out var fault));
        Assert.Equal(errorId, fault!.ErrorId);
        Assert.NotNull(fault.Remedy);
        if (text.Length > 20)
        {
            Assert.DoesNotContain(text[^10..], fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Never_shows_the_hash() => Assert.Equal("{SHA512-CRYPT}", StoredHash.Parse(Sha512).ToString());
}
