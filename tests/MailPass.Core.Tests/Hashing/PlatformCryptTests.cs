using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

public sealed class PlatformCryptTests
{
    [SkippableTheory]
    [InlineData("$y$j9T$abcdefghijkl")]
    [InlineData("$y$j75$")]
    [InlineData("$gy$j75$abcdefgh")]
    [InlineData("$7$6/..../....abcdefgh")]
    [InlineData("$7$CU..../....abcdefgh")]
    public void Yescrypt_and_scrypt_are_verified_by_the_platform(string setting)
    {
        Skip.If(LibXcrypt.WhyAbsent is not null, LibXcrypt.WhyAbsent);
        var text = LibXcrypt.Crypt("Pässword-1"u8, setting);
        Skip.If(text is null, "libxcrypt was built without this format");
        PublishedVectorTests.AssertOnly("Pässword-1", "{CRYPT}" + text);
        PublishedVectorTests.AssertOnly("Pässword-1", text!);
    }

    [Theory]
    [InlineData("{CRYPT}$y$j9T$abcdefgh$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV04")]
    [InlineData("$7$CU..../....abcdefgh$19TzpFZ5AwP26vdEMbfvWacoVUfd2MfVusFAVFilh.C")]
    public void Platform_crypt_gives_way_to_the_default(string stored)
    {
        var hash = StoredHash.Parse(stored);
        Assert.Equal("CRYPT", hash.Settings.Scheme);
        Assert.Equal(PasswordSchemes.DefaultSettings, hash.SettingsToKeep);
    }

    [SkippableFact]
    public void Verifying_by_the_platform_is_given_up_in_the_middle()
    {
        // 64 MiB each, more of them than anybody waits for.
        var stored = StoredHash.Parse("$7$EU..../....abcdefgh$19TzpFZ5AwP26vdEMbfvWacoVUfd2MfVusFAVFilh.C");
        Skip.If(stored.WhyUnverifiable is not null, stored.WhyUnverifiable?.Message);
        using var password = Secret.FromChars("Pässword-1");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.ThrowsAny<OperationCanceledException>(() => BatchVerifier.Verify([.. Enumerable.Repeat(new VerifyJob(stored, password), 10_000)], stop.Token));
    }

    [Fact]
    public void Crypt_is_not_made()
    {
        var fault = Assert.Throws<MailPassException>(() => PasswordSchemes.Parse("CRYPT"));
        Assert.Equal(ErrorIds.SchemeUnknown, fault.ErrorId);
    }

    [SkippableFact]
    public void Password_longer_than_crypt3_takes_matches_nothing()
    {
        Skip.If(LibXcrypt.WhyAbsent is not null, LibXcrypt.WhyAbsent);
        using var password = Secret.FromChars(new string('a', 512));
        Assert.False(StoredHash.Parse("$y$j75$abcdefgh$wPWF6ZngZZxi0TBX8BqPcYXMIarFww.baLy6hMEGMb9").Verify(password));
    }
}
