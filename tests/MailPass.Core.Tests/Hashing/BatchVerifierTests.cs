using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

/// <summary>Many passwords verified at once give the answers that each gives alone, and libxcrypt agrees.</summary>
public sealed class BatchVerifierTests
{
    private static readonly HashSettings[] Cheap =
    [
        new("SHA512-CRYPT", 1000), new("SHA512-CRYPT", 1001), new("SHA256-CRYPT", 1000), new("BLF-CRYPT", 4), new("ARGON2ID", 1, 64, 1),
        new("SSHA512"), new("SSHA256"), new("PBKDF2", 2), new("SCRAM-SHA-256", 4096),
    ];

    [Fact]
    public void Any_mixture_is_answered_in_its_order()
    {
        var random = new Random(20261123);
        using var hasher = new BatchHasher();
        var onAllCores = new BulkVerifier();
        for (var round = 0; round < 9; round++)
        {
            var kinds = Cheap[..(1 + (round % Cheap.Length))];
            var right = Enumerable.Range(0, random.Next(1, 90)).Select(_ => RandomPasswords.OfBytes(random, random.Next(6, 12))).ToArray();
            var settings = right.Select(_ => kinds[random.Next(kinds.Length)]).ToArray();
            var hashes = hasher.Hash([.. right.Select((text, i) => new HashJob(Secret.FromChars(text), settings[i]))])
                .Select((hash, i) => StoredHash.Parse(PasswordSchemes.Prefix(settings[i]) + hash)).ToArray();
            var expected = right.Select(_ => random.Next(3) != 0).ToArray();
            var jobs = right.Select((text, i) => new VerifyJob(hashes[i], Secret.FromChars(expected[i] ? text : text + "x"))).ToArray();
            Assert.Equal(expected, BatchVerifier.Verify(jobs));
            Assert.Equal(expected, jobs.Select(job => job.Hash.Verify(job.Password)));
            Assert.Equal(expected, onAllCores.Verify(jobs));
            Array.ForEach(jobs, job => job.Password.Dispose());
        }
    }

    [SkippableFact]
    public void Hashes_of_libxcrypt_with_salts_of_any_length_are_verified()
    {
        Skip.IfNot(LibXcrypt.WhyAbsent is null, LibXcrypt.WhyAbsent);
        var jobs = new List<VerifyJob>();
        for (var i = 0; i < 120; i++)
        {
            var password = Secret.FromChars($"Corr3ct!horse,{i % 7}");
            var hash = LibXcrypt.Crypt(password.Utf8, $"{(i % 2 == 0 ? "$6$" : "$5$")}rounds=1000${new string('s', i % 17)}");
            jobs.Add(new VerifyJob(StoredHash.Parse(hash!), i % 5 == 0 ? Secret.FromChars("Corr3ct!horse,-") : password));
        }

        Assert.Equal(Enumerable.Range(0, 120).Select(i => i % 5 != 0), BatchVerifier.Verify(jobs));
    }

    [Fact]
    public void Password_longer_than_crypt_takes_is_wrong_alone()
    {
        var hash = StoredHash.Parse("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1");
        using var right = Secret.FromChars("Hello world!");
        using var tooLong = Secret.FromChars(new string('x', 512));
        Assert.Equal([true, false, true], BatchVerifier.Verify([new(hash, right), new(hash, tooLong), new(hash, right)]));
    }

    [Fact]
    public async Task Memory_that_is_in_use_is_waited_for()
    {
        using var password = Secret.FromChars("Right-1!");
        using var hasher = new BatchHasher(64 * 1024);
        var jobs = new[] { new VerifyJob(StoredHash.Parse(PasswordSchemes.Prefix(Cheap[4]) + hasher.Hash([new(password, Cheap[4])])[0]), password) };
        var held = hasher.Resources.Rent(64 * 1024, 1);

        var verifying = Task.Run(() => BatchVerifier.Verify(jobs, hasher.Resources, CancellationToken.None));
        Assert.NotSame(verifying, await Task.WhenAny(verifying, Task.Delay(200)));
        hasher.Resources.Return(held);
        Assert.True(Assert.Single(await verifying));
    }

    [Fact]
    public void A_stop_ends_verifying_on_all_cores()
    {
        using var stop = new CancellationTokenSource();
        using var password = Secret.FromChars("Right-1!");
        var slow = StoredHash.Parse("$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new BulkVerifier().Verify([.. Enumerable.Repeat(new VerifyJob(slow, password), 100_000)], stop.Token));

        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => new BulkVerifier().Verify([.. Enumerable.Repeat(new VerifyJob(slow, password), 100_000)], soon.Token));
    }

    [Fact]
    public void Nothing_in_nothing_out()
    {
        Assert.Empty(BatchVerifier.Verify([]));
        Assert.Empty(new BulkVerifier().Verify([]));
    }
}
