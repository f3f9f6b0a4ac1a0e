using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

/// <summary>Every way through the processor against the specification written down plainly, and against libxcrypt.</summary>
public sealed class ShaCryptTests
{
    public static IEnumerable<object[]> Paths => Both.SelectMany(bits => PathsOf(bits).All.Select(path => new object[] { bits, path.Name }));

    private static int[] Both => [512, 256];

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_path_agrees_with_the_specification(int bits, string name)
    {
        var path = PathsOf(bits).All.Single(p => p.Name == name);
        Skip.IfNot(path.IsSupported, $"this processor or runtime has no {name}");
        var random = new Random(bits);
        for (var length = 0; length <= 200; length++)
        {
            // All salt lengths, all counts of used lanes, all remainders of rounds in the cycle of 42.
            var (saltLength, count, rounds) = (length % 17, 1 + (length % path.Capacity), 42 + (length % 43));
            var passwords = Enumerable.Range(0, count).Select(_ => Secret.FromChars(RandomPasswords.OfBytes(random, length))).ToArray();
            var salts = Salts(random, saltLength * count);
            var digests = new byte[count * bits / 8];
            path.Compute(new HashBatch(passwords, salts, saltLength, digests, bits / 8), Enumerable.Range(0, count).ToArray(), rounds);
            for (var i = 0; i < count; i++)
            {
                var expected = Plain(bits, passwords[i].Utf8, salts.AsSpan(i * saltLength, saltLength), rounds);
                Assert.True(expected.AsSpan().SequenceEqual(digests.AsSpan(i * bits / 8, bits / 8)), $"{name}, lane {i} of {count}, password {length}, salt {saltLength}, rounds {rounds}");
            }
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    public void Any_mixture_of_lengths_agrees_with_the_specification(int bits)
    {
        var random = new Random(bits + 1);
        for (var batchNumber = 0; batchNumber < 20; batchNumber++)
        {
            var count = random.Next(1, 60);
            var spread = random.Next(1, 20);
            var passwords = Enumerable.Range(0, count).Select(_ => Secret.FromChars(RandomPasswords.OfBytes(random, 8 + random.Next(spread)))).ToArray();
            var salts = Salts(random, 16 * count);
            var digests = new byte[count * bits / 8];
            PathsOf(bits).Compute(new HashBatch(passwords, salts, 16, digests, bits / 8), 1000);
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(Plain(bits, passwords[i].Utf8, salts.AsSpan(i * 16, 16), 1000), digests.AsSpan(i * bits / 8, bits / 8).ToArray());
            }
        }
    }

    [SkippableTheory]
    [InlineData("$6$", 512)]
    [InlineData("$5$", 256)]
    public void Libxcrypt_agrees(string id, int bits)
    {
        Skip.IfNot(LibXcrypt.WhyAbsent is null, LibXcrypt.WhyAbsent);
        var random = new Random(bits + 2);
        for (var length = 0; length <= 200; length++)
        {
            var text = RandomPasswords.OfBytes(random, length);
            var salt = Encoding.ASCII.GetString(Salts(random, length % 17));
            var rounds = length % 3 == 0 ? "" : $"rounds={1000 + length}$";
            using var password = Secret.FromChars(text);
            var theirs = LibXcrypt.Crypt(password.Utf8, $"{id}{rounds}{salt}");
            Assert.NotNull(theirs);
            Assert.True(StoredHash.Parse(theirs).Verify(password), $"{length} {theirs}");
        }
    }

    [SkippableFact]
    public void Libxcrypt_verifies_a_batch_of_ours()
    {
        Skip.IfNot(LibXcrypt.WhyAbsent is null, LibXcrypt.WhyAbsent);
        var random = new Random(7);
        HashSettings[] settings = [new("SHA512-CRYPT"), new("SHA256-CRYPT"), new("SHA512-CRYPT", 1000), new("SHA256-CRYPT", 12345), new("BLF-CRYPT", 4), new("BLF-CRYPT", 5)];
        var jobs = Enumerable.Range(0, 300).Select(_ => new HashJob(Secret.FromChars(RandomPasswords.OfBytes(random, random.Next(12, 20))), settings[random.Next(settings.Length)])).ToArray();
        var hashes = new BatchHasher().Hash(jobs);
        for (var i = 0; i < jobs.Length; i++)
        {
            Assert.Equal(hashes[i], LibXcrypt.Crypt(jobs[i].Password.Utf8, hashes[i]));
        }
    }

    [Fact]
    public void A_password_that_crypt_refuses_matches_nothing()
    {
        using var password = Secret.FromChars(new string('x', 512));
        Assert.Equal(ErrorIds.PasswordTooLongForScheme, PasswordSchemes.Validate(PasswordSchemes.DefaultSettings, password)!.ErrorId);
        Assert.False(StoredHash.Parse("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1").Verify(password));
    }

    private static ShaCryptPaths PathsOf(int bits) => bits == 512 ? ShaCryptPaths.Sha512 : ShaCryptPaths.Sha256;

    private static byte[] Plain(int bits, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int rounds)
    {
        var digest = new byte[bits / 8];
        PlainShaCrypt.Compute(bits == 512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256, password, salt, rounds, digest);
        return digest;
    }

    private static byte[] Salts(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => CryptBase64.Alphabet[random.Next(64)])];
}
