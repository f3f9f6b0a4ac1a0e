using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

public sealed class BatchHasherTests
{
    // Low costs, because the test is about the path and not the work.
    private static readonly HashSettings[] Cheap =
    [
        new("SHA512-CRYPT", 1000), new("SHA256-CRYPT", 1001), new("BLF-CRYPT", 4), new("ARGON2ID", 1, 64, 2), new("SSHA512"),
        new("SSHA256"), new("PBKDF2", 2), new("SCRAM-SHA-256", 4096), new("SSHA512", Encoding: "hex"), new("SHA512-CRYPT", 1000, Encoding: "b64"),
    ];

    public static TheoryData<int> Schemes => [.. Enumerable.Range(0, Cheap.Length)];

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Hashes_verify_and_are_as_wide_as_announced(int index)
    {
        var settings = Cheap[index];
        using var password = Secret.FromChars("{PLAIN}pässwörd");
        using var other = Secret.FromChars("{PLAIN}pässwörD");
        var hashes = new BatchHasher().Hash([new(password, settings), new(password, settings)]);
        Assert.NotEqual(hashes[0], hashes[1]);
        foreach (var hash in hashes)
        {
            var stored = StoredHash.Parse(PasswordSchemes.Prefix(settings) + hash);
            Assert.Equal(settings, stored.Settings);
            Assert.True(stored.Verify(password));
            Assert.False(stored.Verify(other));
            Assert.True(hash.Length <= PasswordSchemes.LongestHash(settings, withPrefix: false));
        }
    }

    [Fact]
    public void Any_mixture_comes_back_in_its_order()
    {
        var random = new Random(20261122);
        var texts = Enumerable.Range(0, 200).Select(_ => RandomPasswords.OfBytes(random, random.Next(72))).ToArray();
        var jobs = texts.Select(text => new HashJob(Secret.FromChars(text), Cheap[random.Next(Cheap.Length)])).ToArray();
        var hashes = new BatchHasher().Hash(jobs);
        Assert.Equal(jobs.Length, hashes.Count);
        for (var i = 0; i < jobs.Length; i++)
        {
            Assert.True(StoredHash.Parse(PasswordSchemes.Prefix(jobs[i].Settings) + hashes[i]).Verify(jobs[i].Password), $"{i}: {jobs[i].Settings}");
            jobs[i].Password.Dispose();
        }
    }

    // Each digest against the platform's, lengths around what fits into one block.
    [Theory]
    [InlineData("SSHA512", 64)]
    [InlineData("SSHA256", 32)]
    public void Salted_digests_of_any_length_are_the_platforms(string name, int size)
    {
        var random = new Random(size);
        for (var longest = 0; longest < 130; longest++)
        {
            var jobs = Enumerable.Range(0, 1 + (longest % 37)).Select(_ => new HashJob(Secret.FromChars(RandomPasswords.OfBytes(random, random.Next(longest + 1))), new(name))).ToArray();
            var hashes = new BatchHasher().Hash(jobs);
            for (var i = 0; i < jobs.Length; i++)
            {
                var raw = Convert.FromBase64String(hashes[i]);
                byte[] message = [.. jobs[i].Password.Utf8, .. raw.AsSpan(size)];
                Assert.Equal(size == 64 ? System.Security.Cryptography.SHA512.HashData(message) : System.Security.Cryptography.SHA256.HashData(message), raw.AsSpan(0, size).ToArray());
            }
        }
    }

    [Fact]
    public void Nothing_in_nothing_out() => Assert.Empty(new BatchHasher().Hash([]));

    [Fact]
    public void A_password_that_the_scheme_would_cut_is_refused()
    {
        using var password = Secret.FromChars(new string('x', 73));
        Assert.Equal(
            ErrorIds.PasswordTooLongForScheme,
            Assert.Throws<MailPassException>(() => new BatchHasher().Hash([new(password, new HashSettings("BLF-CRYPT", 4))])).ErrorId);
    }
}
