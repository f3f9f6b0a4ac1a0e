using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

public sealed class CostLimitTests
{
    private const string Bcrypt31 = "{BLF-CRYPT}$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    private const string Sha512Absurd = "{SHA512-CRYPT}$6$rounds=999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    private const string Argon2Absurd = "{ARGON2ID}$argon2id$v=19$m=4000000,t=1000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    private const string Argon2Passes = "{ARGON2I}$argon2i$v=19$m=65536,t=1000000,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8";
    private const string Pbkdf2Absurd = "{PBKDF2}$1$salt$99999999$0c60c80f961f0e71f3a9b524af6012062fe037a6";
    private const string ScryptAbsurd = "{CRYPT}$7$zU..../....abcdefgh$19TzpFZ5AwP26vdEMbfvWacoVUfd2MfVusFAVFilh.C";

    [Theory]
    [InlineData(Bcrypt31, 14, null)]
    [InlineData(Sha512Absurd, 1_000_000, null)]
    [InlineData(Argon2Absurd, 4, 1_048_576)]
    [InlineData(Pbkdf2Absurd, 2_000_000, null)]
    public void Kept_cost_has_a_ceiling(string stored, int cost, int? memory)
    {
        var kept = StoredHash.Parse(stored).SettingsToKeep;
        Assert.Equal((cost, memory), (kept.Cost, kept.MemoryKiB));
    }

    [Theory]
    [InlineData(Bcrypt31)]
    [InlineData(Sha512Absurd)]
    [InlineData(Argon2Absurd)]
    [InlineData(Argon2Passes)]
    [InlineData(Pbkdf2Absurd)]
    public void Verify_absurd_cost_is_refused(string stored)
    {
        using var password = Secret.FromChars("x");
        Assert.Equal(ErrorIds.HashTooCostly, Assert.Throws<MailPassException>(() => StoredHash.Parse(stored).Verify(password)).ErrorId);
        Assert.False(StoredHash.TryParseToVerify(stored, null, out var hash, out var fault));
        Assert.Null(hash);
        Assert.Equal(ErrorIds.HashTooCostly, fault!.ErrorId);
        Assert.NotNull(fault.Remedy);
    }

    [SkippableTheory]
    [InlineData(ScryptAbsurd)]
    [InlineData("{CRYPT}$y$jzT$abcdefgh$9WNEpu8Mx2S4KNGvbVWKM6clOSoY6.YEl7AYF4DGV04")]
    public void Verify_absurd_cost_of_crypt3_is_refused(string stored)
    {
        Skip.If(LibXcrypt.WhyAbsent is not null, LibXcrypt.WhyAbsent);
        Assert.Equal(ErrorIds.HashTooCostly, StoredHash.Parse(stored).WhyUnverifiable?.ErrorId);
    }

    // One and many: they take different ways through the processor.
    [Theory]
    [InlineData("BLF-CRYPT", 31, null, 1)]
    [InlineData("BLF-CRYPT", 31, null, 5)]
    [InlineData("SHA512-CRYPT", 999_999_999, null, 1)]
    [InlineData("SHA512-CRYPT", 999_999_999, null, 20)]
    [InlineData("SHA256-CRYPT", 999_999_999, null, 40)]
    [InlineData("PBKDF2", 100_000_000, null, 1)]
    [InlineData("PBKDF2", 100_000_000, null, 20)]
    [InlineData("SCRAM-SHA-256", 100_000_000, null, 3)]
    [InlineData("ARGON2ID", 1_000_000, 65536, 1)]
    [InlineData("ARGON2ID", 1, 2_097_152, 2)]
    public void Hash_of_any_cost_can_be_given_up(string scheme, int cost, int? memory, int count)
    {
        using var hasher = new BatchHasher();
        using var password = Secret.FromChars("Corr3ct!horse");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var batch = Enumerable.Repeat(new HashJob(password, new HashSettings(scheme, cost, memory)), count).ToList();
        Assert.ThrowsAny<OperationCanceledException>(() => hasher.Hash(batch, stop.Token));
    }

    [Fact]
    public void Verify_can_be_given_up()
    {
        using var password = Secret.FromChars("x");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var job = new VerifyJob(StoredHash.Parse(Bcrypt31.Replace("$31$", "$18$", StringComparison.Ordinal)), password);
        Assert.ThrowsAny<OperationCanceledException>(() => BatchVerifier.Verify([job, job], stop.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => new BulkVerifier().Verify([job, job, job], stop.Token));
    }
}
