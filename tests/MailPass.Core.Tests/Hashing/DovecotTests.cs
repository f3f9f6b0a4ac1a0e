using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

/// <summary>Both ways with a real Dovecot: it verifies ours, we verify its.</summary>
public sealed class DovecotTests
{
    public static TheoryData<string, int?> OfOurs => new()
    {
        { "SHA512-CRYPT", null }, { "SHA512-CRYPT", 1234 }, { "SHA256-CRYPT", null }, { "SHA256-CRYPT", 1001 }, { "SHA512-CRYPT.b64", null },
        { "BLF-CRYPT", 5 }, { "BLF-CRYPT.hex", 4 }, { "ARGON2ID", null }, { "SSHA512", null }, { "SSHA512.hex", null }, { "SSHA512.b64", null }, { "SSHA256", null },
        { "PBKDF2", null }, { "PBKDF2", 1 }, { "SCRAM-SHA-256", null }, { "SCRAM-SHA-256", 5000 },
    };

    [SkippableTheory]
    [MemberData(nameof(OfOurs))]
    public void Dovecot_verifies_ours(string name, int? cost)
    {
        Skip.IfNot(Doveadm.WhyAbsent is null, Doveadm.WhyAbsent);
        foreach (var text in new[] { "Corr3ct!horse", "{PLAIN}aB1!", "pässwörd 😀 '\"$%", RandomPasswords.OfBytes(new Random(1), 71) })
        {
            using var password = Secret.FromChars(text);
            var settings = PasswordSchemes.Parse(name, cost);
            var stored = PasswordSchemes.Prefix(settings) + new BatchHasher().Hash([new HashJob(password, settings)])[0];
            Assert.True(Doveadm.Verifies(stored, text), $"{stored} {text}");
            Assert.False(Doveadm.Verifies(stored, text + "x"), stored);
            Assert.True(stored.Length <= PasswordSchemes.LongestHash(settings, withPrefix: true));
        }
    }

    /// <summary>Lanes share one layout, so the neighbours matter: one batch has mixed and odd lengths.</summary>
    [SkippableTheory]
    [InlineData("SHA512-CRYPT", 1000, 200)]
    [InlineData("SHA256-CRYPT", 1000, 200)]
    [InlineData("BLF-CRYPT", 4, 72)]
    [InlineData("SSHA512", null, 200)]
    [InlineData("SCRAM-SHA-256", 4096, 200)]
    public void Dovecot_verifies_a_batch_of_any_lengths(string name, int? cost, int longest)
    {
        Skip.IfNot(Doveadm.WhyAbsent is null, Doveadm.WhyAbsent);
        var random = new Random(longest + name.Length);
        var settings = PasswordSchemes.Parse(name, cost);

        // Some lengths several times, so that lanes fill; the longest and the shortest among them.
        int[] lengths = [1, longest, .. Enumerable.Range(0, 30).Select(_ => random.Next(1, longest + 1)), .. Enumerable.Repeat(random.Next(1, longest + 1), 9)];
        var texts = lengths.Select(bytes => RandomPasswords.OfBytes(random, bytes)).OrderBy(_ => random.Next()).ToArray();
        var jobs = texts.Select(text => new HashJob(Secret.FromChars(text), settings)).ToArray();
        var hashes = new BatchHasher().Hash(jobs);
        Array.ForEach(jobs, job => job.Password.Dispose());
        for (var i = 0; i < texts.Length; i++)
        {
            Assert.True(Doveadm.Verifies(PasswordSchemes.Prefix(settings) + hashes[i], texts[i]), $"{hashes[i]} {texts[i]}");
        }
    }

    [SkippableTheory]
    [InlineData("SHA512-CRYPT", "SHA512-CRYPT", 5000)]
    [InlineData("SHA512-CRYPT", "SHA512-CRYPT", 1500, "-r", "1500")]
    [InlineData("SHA256-CRYPT", "SHA256-CRYPT", 5000)]
    [InlineData("BLF-CRYPT", "BLF-CRYPT", 5)]
    [InlineData("CRYPT", "BLF-CRYPT", 5)]
    [InlineData("ARGON2ID", "ARGON2ID", 3)]
    [InlineData("ARGON2I", "ARGON2I", 4)]
    [InlineData("SSHA512", "SSHA512", null)]
    [InlineData("SSHA512.HEX", "SSHA512", null)]
    [InlineData("SSHA256", "SSHA256", null)]
    [InlineData("SSHA256.b64", "SSHA256", null)]
    [InlineData("PBKDF2", "PBKDF2", 5000)]
    [InlineData("SCRAM-SHA-256", "SCRAM-SHA-256", 4096)]
    [InlineData("MD5-CRYPT", "MD5-CRYPT", null)]
    [InlineData("MD5", "MD5-CRYPT", null)]
    [InlineData("PLAIN", "PLAIN", null)]
    [InlineData("PLAIN.b64", "PLAIN", null)]
    [InlineData("CLEARTEXT", "PLAIN", null)]
    [InlineData("SHA512", "SHA512", null)]
    [InlineData("SHA512.hex", "SHA512", null)]
    [InlineData("SHA256", "SHA256", null)]
    [InlineData("SHA", "SHA1", null)]
    [InlineData("SHA1", "SHA1", null)]
    [InlineData("SSHA", "SSHA", null)]
    [InlineData("SMD5", "SMD5", null)]
    [InlineData("LDAP-MD5", "LDAP-MD5", null)]
    [InlineData("PLAIN-MD5", "PLAIN-MD5", null)]
    public void We_verify_Dovecots(string asked, string scheme, int? cost, params string[] more)
    {
        Skip.IfNot(Doveadm.WhyAbsent is null, Doveadm.WhyAbsent);
        foreach (var text in new[] { "Corr3ct!horse", "{PLAIN}aB1!", "pässwörd 😀" })
        {
            var stored = Doveadm.Hash(asked, text, more);
            PublishedVectorTests.AssertOnly(text, stored);
            Assert.Equal(scheme, StoredHash.Parse(stored).Settings.Scheme);
            Assert.Equal(cost, StoredHash.Parse(stored).Settings.Cost);
        }
    }
}
