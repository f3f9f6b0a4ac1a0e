using FsCheck;
using FsCheck.Fluent;
using MailPass.Core.Tests.Stores;
using MailPass.Secrets;
using MailPass.Sessions.GroupOffice;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Passwords as Group-Office keeps them: against its library's own values, and read by PHP.</summary>
public sealed class InstallationKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public InstallationKeyTests() => _file = GroupOfficeCrypt.WriteKeyFile(_folder["key.txt"]);

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Php_opens_what_MailPass_seals()
    {
        string[] passwords = ["New-Secret-22", "", "x", new('a', 16), new('b', 17), "Pässwort-€-😀", new('ß', 2000)];
        using var key = InstallationKey.Read(_file);
        var texts = passwords.Select(password => Seal(key, password)).ToArray();
        Assert.Equal(passwords, await GroupOfficeCrypt.OpenAsync(texts));
        Assert.All(texts.Zip(passwords), pair => Assert.Equal(InstallationKey.SealedLength(System.Text.Encoding.UTF8.GetByteCount(pair.Second)), pair.First.Length));
    }

    [SkippableFact]
    public async Task The_reader_of_these_tests_reads_what_the_library_wrote() =>
        Assert.Equal(["New-Secret-22"], await GroupOfficeCrypt.OpenAsync(GroupOfficeCrypt.SecretByTheLibrary));

    [Fact]
    public void Nothing_is_sealed_the_same_twice()
    {
        using var key = InstallationKey.Read(_file);
        Assert.Equal(100, Enumerable.Range(0, 100).Select(_ => Seal(key, "New-Secret-22")).Distinct().Count());
    }

    [Fact]
    public void The_librarys_own_texts_are_known_by_their_key()
    {
        using var key = InstallationKey.Read(_file);
        Assert.True(key.HasSealed(GroupOfficeCrypt.SecretByTheLibrary));
        Assert.False(key.HasSealed(GroupOfficeCrypt.SecretOfAnotherKey));
        Assert.All(["", "{GOCRYPT2}", "{GOCRYPT2}zz", "{GOCRYPT2}def50200", "{GOCRYPT}abc", GroupOfficeCrypt.SecretByTheLibrary[10..]], text => Assert.False(key.HasSealed(text)));
    }

    [Fact]
    public void A_text_changed_anywhere_is_not_taken_for_whole() =>
        Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt>(), at =>
        {
            using var key = InstallationKey.Read(_file);
            var text = GroupOfficeCrypt.SecretByTheLibrary.ToCharArray();
            var i = InstallationKey.Mark.Length + (at.Get % (text.Length - InstallationKey.Mark.Length));
            text[i] = text[i] == '0' ? '1' : '0';
            return !key.HasSealed(new string(text));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n")]
    [InlineData("\0\n")]
    public void White_space_at_the_end_is_passed_over_as_the_library_does(string end)
    {
        var file = GroupOfficeCrypt.WriteKeyFile(_folder["other.txt"], GroupOfficeCrypt.Key + end);
        using var key = InstallationKey.Read(file);
        Assert.True(key.HasSealed(GroupOfficeCrypt.SecretByTheLibrary));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData(" " + GroupOfficeCrypt.Key)]
    [InlineData("ea" + GroupOfficeCrypt.Key)]
    public void A_file_that_is_not_a_key_is_refused_without_its_text(string content)
    {
        var file = GroupOfficeCrypt.WriteKeyFile(_folder["other.txt"], content);
        var fault = Assert.Throws<MailPassException>(() => InstallationKey.Read(file));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.Contains(file, fault.Message);
        Assert.DoesNotContain(GroupOfficeCrypt.Key[8..40], fault.ToString());
    }

    [Fact]
    public void A_damaged_key_is_said_to_be_one()
    {
        var file = GroupOfficeCrypt.WriteKeyFile(_folder["other.txt"], GroupOfficeCrypt.Key.Replace("68f1", "68f2", StringComparison.Ordinal));
        Assert.Contains("checksum", Assert.Throws<MailPassException>(() => InstallationKey.Read(file)).Message);
        File.Delete(file);
        Assert.Equal(ErrorIds.InputInvalid, Assert.Throws<MailPassException>(() => InstallationKey.Read(file)).ErrorId);
    }

    private static string Seal(InstallationKey key, string password)
    {
        using var secret = Secret.FromChars(password);
        return key.Seal(secret);
    }
}
