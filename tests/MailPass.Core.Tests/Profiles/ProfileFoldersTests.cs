using MailPass.Profiles;

namespace MailPass.Core.Tests.Profiles;

public sealed class ProfileFoldersTests : IDisposable
{
    private readonly ProfileText _profile = new();

    public void Dispose() => _profile.Dispose();

    [SkippableFact]
    public void Folders_follow_the_environment()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has its own variables.");
        Assert.Equal(["/home/anna/.config/mailpass", "/etc/mailpass"], ProfileFolders.All(name => name is "HOME" ? "/home/anna" : null));
        Assert.Equal(["/srv/config/mailpass", "/etc/mailpass"], ProfileFolders.All(name => name is "HOME" ? "/home/anna" : name is "XDG_CONFIG_HOME" ? "/srv/config" : null));

        // XDG Base Directory: a relative path is to be ignored.
        Assert.Equal("/home/anna/.config/mailpass", ProfileFolders.All(name => name is "HOME" ? "/home/anna" : "config")[0]);
    }

    [Fact]
    public void Name_is_found_in_the_users_folder()
    {
        var file = _profile.Put(Path.Combine(Sub, "site.json"), """{ "store": "mail.db" }""");
        _profile.Put(Path.Combine(Sub, "other.json"), "{}");
        _profile.Put(Path.Combine(Sub, "note.txt"), "{}");

        Assert.Equal(file, ProfileFolders.Find("site", Here));
        Assert.Superset(new HashSet<string> { "other", "site" }, ProfileFolders.Names(Here).ToHashSet());
        Assert.DoesNotContain("note", ProfileFolders.Names(Here));
        Assert.Equal("site", SiteProfile.Load("site", Here).Name);
    }

    [Theory]
    [InlineData("absent", "site")]
    [InlineData("", "not a name")]
    [InlineData("..", "not a name")]
    [InlineData("-x", "not a name")]
    [InlineData("a b", "not a name")]
    [InlineData("./absent.json", "absent.json")]
    public void Absent_profile_is_named_with_what_is_known(string name, string said)
    {
        _profile.Put(Path.Combine(Sub, "site.json"), "{}");
        var thrown = Assert.Throws<MailPassException>(() => ProfileFolders.Find(name, Here));
        Assert.Equal(ErrorIds.ProfileNotFound, thrown.ErrorId);
        Assert.Contains(said, thrown.Message, StringComparison.Ordinal);
    }

    private static string Sub => OperatingSystem.IsWindows() ? "MailPass" : "mailpass";

    private string? Here(string name) => name is "XDG_CONFIG_HOME" or "APPDATA" ? _profile.Folder : null;
}
