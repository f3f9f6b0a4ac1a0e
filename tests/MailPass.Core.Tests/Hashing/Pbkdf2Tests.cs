using System.Security.Cryptography;
using MailPass.Hashing;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

/// <summary>PBKDF2 in lanes against the platform's.</summary>
public sealed class Pbkdf2Tests
{
    public static TheoryData<string> Paths => [.. Pbkdf2Paths.All.Select(path => path.Name)];

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_path_agrees_with_the_platform(string name)
    {
        var path = Pbkdf2Paths.All.Single(p => p.Name == name);
        Skip.IfNot(path.IsSupported, $"this processor or runtime has no {name}");
        var random = new Random(2898);
        for (var longest = 0; longest <= 200; longest += 3)
        {
            // All counts of used lanes; passwords shorter and longer than a block; salts of any length.
            var (count, saltLength, iterations) = (1 + (longest / 3 % path.Capacity), longest % 40, 1 + (longest % 11));
            Check(random, count, longest, saltLength, iterations, (in HashBatch batch, Span<byte> keys) => path.Compute(batch, 0, batch.Count, iterations, keys));
        }
    }

    [Fact]
    public void Any_number_agrees_with_the_platform()
    {
        var random = new Random(5802);
        foreach (var count in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 32, 33, 37, 38, 70 })
        {
            Check(random, count, 24, 16, 10, (in HashBatch batch, Span<byte> keys) => Pbkdf2Paths.Sha256(batch, 0, 10, keys));
        }
    }

    private delegate void Derive(in HashBatch batch, Span<byte> keys);

    private static void Check(Random random, int count, int longest, int saltLength, int iterations, Derive derive)
    {
        var passwords = Enumerable.Range(0, count).Select(_ => Secret.FromChars(RandomPasswords.OfBytes(random, random.Next(longest + 1)))).ToArray();
        var salts = new byte[count * saltLength];
        random.NextBytes(salts);
        var keys = new byte[count * 32];
        derive(new HashBatch(passwords, salts, saltLength, [], 0), keys);
        for (var i = 0; i < count; i++)
        {
            var expected = Rfc2898DeriveBytes.Pbkdf2(passwords[i].Utf8, salts.AsSpan(i * saltLength, saltLength), iterations, HashAlgorithmName.SHA256, 32);
            Assert.True(expected.AsSpan().SequenceEqual(keys.AsSpan(i * 32, 32)), $"{i} of {count}, password of up to {longest}, salt {saltLength}, {iterations} iterations");
            passwords[i].Dispose();
        }
    }
}
