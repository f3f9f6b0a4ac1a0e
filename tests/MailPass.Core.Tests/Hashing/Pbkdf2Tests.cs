using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

/// <summary>PBKDF2 in lanes against the platform's, and against RFC 6070.</summary>
public sealed class Pbkdf2Tests
{
    public static TheoryData<string, string> Paths
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var path in Pbkdf2Paths.Sha1.All)
            {
                data.Add("SHA1", path.Name);
                data.Add("SHA256", path.Name);
            }

            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_path_agrees_with_the_platform(string hash, string name)
    {
        var path = Of(hash).All.Single(p => p.Name == name);
        Skip.IfNot(path.IsSupported, $"this processor or runtime has no {name}");
        var random = new Random(2898);
        for (var longest = 0; longest <= 200; longest += 3)
        {
            // All counts of used lanes; passwords shorter and longer than a block; salts of any length.
            var (count, saltLength, iterations) = (1 + (longest / 3 % path.Capacity), longest % 40, 1 + (longest % 11));
            Check(hash, random, count, longest, saltLength, iterations, (in HashBatch batch, Span<byte> keys) => path.Compute(batch, 0, batch.Count, iterations, keys));
        }
    }

    [Theory]
    [InlineData("SHA1")]
    [InlineData("SHA256")]
    public void Any_number_agrees_with_the_platform(string hash)
    {
        var random = new Random(5802);
        foreach (var count in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 32, 33, 37, 38, 70 })
        {
            Check(hash, random, count, 24, 16, 10, (in HashBatch batch, Span<byte> keys) => Of(hash).Derive(batch, 10, keys));
        }
    }

    // RFC 6070 section 2; what is longer or shorter than a digest there is compared as far as both go. In one lane, one vector,
    // and two.
    [Theory]
    [InlineData("password", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6")]
    [InlineData("password", "salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957")]
    [InlineData("password", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1")]
    [InlineData("passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, "3d2eec4fe41c849b80c8d83662c0e44a8b291a96")]
    [InlineData("pass\0word", "sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3")]
    public void Every_path_gives_the_vectors_of_RFC_6070(string password, string salt, int iterations, string expected)
    {
        foreach (var path in Pbkdf2Paths.Sha1.All.Where(path => path.IsSupported))
        {
            foreach (var count in new[] { 1, path.Capacity / 2, path.Capacity })
            {
                var passwords = Enumerable.Range(0, count).Select(_ => Secret.FromChars(password)).ToArray();
                var salts = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(salt, count)));
                var keys = new byte[count * 20];
                path.Compute(new HashBatch(passwords, salts, salt.Length, [], 0), 0, count, iterations, keys);
                Assert.All(keys.Chunk(20), key => Assert.StartsWith(expected, Convert.ToHexStringLower(key), StringComparison.Ordinal));
                Array.ForEach(passwords, secret => secret.Dispose());
            }
        }
    }

    private delegate void Derive(in HashBatch batch, Span<byte> keys);

    private static Pbkdf2Paths Of(string hash) => hash == "SHA1" ? Pbkdf2Paths.Sha1 : Pbkdf2Paths.Sha256;

    private static void Check(string hash, Random random, int count, int longest, int saltLength, int iterations, Derive derive)
    {
        var passwords = Enumerable.Range(0, count).Select(_ => Secret.FromChars(RandomPasswords.OfBytes(random, random.Next(longest + 1)))).ToArray();
        var salts = new byte[count * saltLength];
        random.NextBytes(salts);
        var keyBytes = Of(hash).KeyBytes;
        var keys = new byte[count * keyBytes];
        derive(new HashBatch(passwords, salts, saltLength, [], 0), keys);
        for (var i = 0; i < count; i++)
        {
            var expected = Rfc2898DeriveBytes.Pbkdf2(passwords[i].Utf8, salts.AsSpan(i * saltLength, saltLength), iterations, new HashAlgorithmName(hash), keyBytes);
            Assert.True(expected.AsSpan().SequenceEqual(keys.AsSpan(i * keyBytes, keyBytes)), $"{hash}: {i} of {count}, password of up to {longest}, salt {saltLength}, {iterations} iterations");
            passwords[i].Dispose();
        }
    }
}
