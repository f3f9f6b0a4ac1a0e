using System.Numerics;
using MailPass.Hashing;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

public sealed class BcryptTests
{
    public static IEnumerable<object[]> Paths => BcryptPaths.All.Select(path => new object[] { path.Name });

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_path_agrees_with_one_at_a_time(string name)
    {
        var path = BcryptPaths.All.Single(p => p.Name == name);
        Skip.IfNot(path.IsSupported, $"this processor or runtime has no {name}");
        var random = new Random(1);
        for (var length = 0; length <= 72; length++)
        {
            var count = 1 + (length % BcryptPaths.Instances);
            var passwords = Enumerable.Range(0, count + 1).Select(_ => Secret.FromChars(RandomPasswords.OfBytes(random, length))).ToArray();
            var salts = new byte[(count + 1) * Bcrypt.SaltBytes];
            random.NextBytes(salts);
            var (digests, expected) = (new byte[(count + 1) * Bcrypt.DigestBytes], new byte[(count + 1) * Bcrypt.DigestBytes]);
            path.Compute(new HashBatch(passwords, salts, Bcrypt.SaltBytes, digests, Bcrypt.DigestBytes), 1, count, 4);
            for (var i = 1; i <= count; i++)
            {
                Bcrypt.ComputeOne(new HashBatch(passwords, salts, Bcrypt.SaltBytes, expected, Bcrypt.DigestBytes), i, 4);
            }

            Assert.Equal(expected, digests);
        }
    }

    [SkippableFact]
    public void Libxcrypt_agrees_on_every_length()
    {
        Skip.IfNot(LibXcrypt.WhyAbsent is null, LibXcrypt.WhyAbsent);
        var random = new Random(2);
        var jobs = Enumerable.Range(0, 73).Select(length => new HashJob(Secret.FromChars(RandomPasswords.OfBytes(random, length)), new("BLF-CRYPT", 4 + (length % 2)))).ToArray();
        var hashes = new BatchHasher().Hash(jobs);
        for (var i = 0; i < jobs.Length; i++)
        {
            Assert.Equal(hashes[i], LibXcrypt.Crypt(jobs[i].Password.Utf8, hashes[i]));
            Assert.Equal(hashes[i].Replace("$2y$", "$2b$", StringComparison.Ordinal), LibXcrypt.Crypt(jobs[i].Password.Utf8, hashes[i].Replace("$2y$", "$2b$", StringComparison.Ordinal)));
        }
    }

    // The table against its definition: Machin's formula, π/4 = 4 arctan(1/5) − arctan(1/239).
    [Fact]
    public void Blowfish_begins_with_the_fraction_of_pi()
    {
        const int guard = 64;
        var bits = (32 * BlowfishPi.Words.Length) + guard;
        var pi = 4 * ((4 * ArcCotangent(5, bits)) - ArcCotangent(239, bits));
        var fraction = pi - (new BigInteger(3) << bits);
        for (var i = 0; i < BlowfishPi.Words.Length; i++)
        {
            Assert.Equal((uint)((fraction >> (bits - (32 * (i + 1)))) & uint.MaxValue), BlowfishPi.Words[i]);
        }
    }

    private static BigInteger ArcCotangent(int x, int bits)
    {
        var power = (BigInteger.One << bits) / x;
        var sum = power;
        for (var n = 3; !power.IsZero; n += 2)
        {
            power /= x * x;
            sum += n % 4 == 3 ? -(power / n) : power / n;
        }

        return sum;
    }
}
