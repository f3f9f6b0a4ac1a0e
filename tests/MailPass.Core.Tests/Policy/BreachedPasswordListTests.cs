using System.Security.Cryptography;
using System.Text;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Policy;

public sealed class BreachedPasswordListTests : IDisposable
{
    // SHA-1 of "password", as Have I Been Pwned lists it.
    private const string Password = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";

    private readonly string _folder = Directory.CreateTempSubdirectory("mailpass-breached-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("password", "Breached")]
    [InlineData("passwore", "")]
    public void A_policy_refuses_known_passwords(string text, string ruleId)
    {
        using var list = Open($"{Password}:10434004\r\n");
        using var password = Secret.FromChars(text);
        var policy = new PasswordPolicy { RequireUpperCase = false, RequireDigit = false, RequireSpecial = false, BreachedPasswords = list };

        Assert.Equal(ruleId, string.Join(' ', policy.Check(password, PolicyContext.None).Select(violation => violation.RuleId)));
    }

    [Theory]
    [InlineData(1, "\n", true)]
    [InlineData(2, "\r\n", true)]
    [InlineData(3, "\n", false)]
    [InlineData(90, "\r\n", false)]
    [InlineData(95, "\n", true)]
    [InlineData(200, "\r\n", true)]
    [InlineData(20_000, "\n", true)]
    [InlineData(20_000, "\r\n", false)]
    public void Every_hash_is_found_and_no_other(int count, string lineEnd, bool endsWithLineEnd)
    {
        var known = Enumerable.Range(0, count).Select(i => Hash($"known {i}")).ToList();
        using var list = Open(Lines(known, lineEnd, endsWithLineEnd));

        Assert.All(known, hash => Assert.True(list.Contains(hash)));
        Assert.All(Enumerable.Range(0, 2000), i => Assert.False(list.Contains(Hash($"unknown {i}"))));
        Assert.False(list.Contains(new byte[20]));
        Assert.False(list.Contains(Enumerable.Repeat((byte)0xFF, 20).ToArray()));
        // Neighbours of the hashes: one more and one less.
        Assert.All(known.Take(500), hash => Assert.False(list.Contains([.. hash[..19], (byte)(hash[19] ^ 1)])));
    }

    [Fact]
    public void Hashes_need_not_be_spread_evenly()
    {
        var known = Enumerable.Range(0, 30_000).Select(i =>
        {
            var hash = new byte[20];
            hash[0] = (byte)(i < 29_990 ? 0 : 0xF0);
            hash[18] = (byte)(i >> 8);
            hash[19] = (byte)i;
            return hash;
        }).ToList();
        using var list = Open(Lines(known, "\n", endsWithLineEnd: true));

        Assert.All(known, hash => Assert.True(list.Contains(hash)));
        Assert.All(known, hash => Assert.False(list.Contains([hash[0], 1, .. hash[2..]])));
    }

    [Theory]
    [InlineData("\uFEFF{0}:3\n", true)] // byte order mark
    [InlineData("{0}:3\n\n\r\n", true)] // empty lines at the end
    [InlineData("{0}\n", true)] // no count
    [InlineData("{0}:99999999999999999999\n", true)]
    public void Small_differences_of_form_are_read(string form, bool isFound)
    {
        using var list = Open(form.Replace("{0}", Password, StringComparison.Ordinal));
        using var lower = Open(form.Replace("{0}", Password.ToLowerInvariant(), StringComparison.Ordinal));

        Assert.Equal(isFound, list.Contains(Convert.FromHexString(Password)));
        Assert.Equal(isFound, lower.Contains(Convert.FromHexString(Password)));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("\n\n", "empty")]
    [InlineData("password\n123456\n", "is not HASH:count")]
    [InlineData("8846F7EAEE8FB117AD06BDD830B7586C:3\n", "is not HASH:count")] // NTLM
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8;3\n", "is not HASH:count")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:\n", "is not HASH:count")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:x\n", "is not HASH:count")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FDG:1\n", "is not HASH:count")]
    [InlineData("B000000000000000000000000000000000000000:1\nA000000000000000000000000000000000000000:1\n", "ascending order")]
    [InlineData("A000000000000000000000000000000000000000:1\nA000000000000000000000000000000000000000:1\n", "ascending order")]
    public void Invalid_list_is_refused_on_opening(string text, string reason)
    {
        var fault = Assert.Throws<MailPassException>(() => Open(text));

        Assert.Equal(ErrorIds.PolicyInvalid, fault.ErrorId);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.Contains(_folder, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_list_that_is_not_sorted_is_refused_on_opening()
    {
        var shuffled = Lines(Enumerable.Range(0, 20_000).Select(i => Hash($"{i}")), "\n", endsWithLineEnd: true, sort: false);

        var fault = Assert.Throws<MailPassException>(() => Open(shuffled));
        Assert.Contains("ascending order", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unsorted_stretch_is_reported_by_a_search_that_meets_it()
    {
        var hashes = Enumerable.Range(0, 20_000).Select(i => Hash($"{i}")).OrderBy(Convert.ToHexString, StringComparer.Ordinal).ToList();
        hashes.Reverse(10_001, 50); // between two of the places that opening looks at
        using var list = Open(Lines(hashes, "\n", endsWithLineEnd: true, sort: false));

        var faults = hashes.GetRange(10_001, 50).Select(hash => Record.Exception(() => list.Contains(hash))).OfType<MailPassException>().ToList();
        Assert.NotEmpty(faults);
        Assert.All(faults, fault => Assert.Contains("ascending order", fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        Assert.Equal(ErrorIds.PolicyInvalid, Assert.Throws<MailPassException>(() => BreachedPasswordList.Open(Path.Combine(_folder, "absent"))).ErrorId);
        Assert.Equal(ErrorIds.PolicyInvalid, Assert.Throws<MailPassException>(() => BreachedPasswordList.Open(_folder)).ErrorId);
    }

    [Fact]
    public void A_closed_list_says_so()
    {
        var list = Open(Password + ":1\n");
        list.Dispose();

        Assert.Throws<ObjectDisposedException>(() => list.Contains(new byte[20]));
    }

    [Fact]
    public void A_list_is_never_loaded_whole()
    {
        var path = Write(Lines(Enumerable.Range(0, 100_000).Select(i => Hash($"{i}")), "\r\n", endsWithLineEnd: true));
        Assert.True(new FileInfo(path).Length > 4_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var list = BreachedPasswordList.Open(path);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(list.Contains(Hash($"{i}")));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000); // most of it the test's own
    }

    [Fact]
    public void Threads_may_share_a_list()
    {
        var known = Enumerable.Range(0, 5000).Select(i => Hash($"{i}")).ToList();
        using var list = Open(Lines(known, "\n", endsWithLineEnd: true));

        Assert.True(known.AsParallel().WithDegreeOfParallelism(4).All(hash => list.Contains(hash)));
    }

    private static byte[] Hash(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));

    private static string Lines(IEnumerable<byte[]> hashes, string lineEnd, bool endsWithLineEnd, bool sort = true)
    {
        var lines = hashes.Select((hash, i) => $"{Convert.ToHexString(hash)}:{(i * 7919 % 100_000) + 1}");
        return string.Join(lineEnd, sort ? lines.Order(StringComparer.Ordinal) : lines) + (endsWithLineEnd ? lineEnd : "");
    }

    private BreachedPasswordList Open(string text) => BreachedPasswordList.Open(Write(text));

    private string Write(string text)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, text);
        return path;
    }
}
