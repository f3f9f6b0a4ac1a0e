using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using MailPass.Core.Tests.Stores;
using MailPass.Platform;

namespace MailPass.Core.Tests.Platform;

/// <summary>Windows' side of the seam; the Unix side is tried through the stores and the journal.</summary>
public sealed class WindowsFileSystemTests : IDisposable
{
    private const string WindowsOnly = "Only Windows has access lists.";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void A_private_file_is_its_makers_alone()
    {
        Skip.IfNot(OperatingSystem.IsWindows(), WindowsOnly);
        using (FileSystem.Current.CreatePrivate(_folder["secret"]))
        {
        }

        var only = Assert.Single(RulesOf(_folder["secret"]));
        Assert.Equal(CurrentUser(), only.IdentityReference);
        Assert.Equal(AccessControlType.Allow, only.AccessControlType);
        Assert.False(only.IsInherited);
    }

    [SkippableFact]
    public void A_private_file_is_not_made_where_there_is_one()
    {
        Skip.IfNot(OperatingSystem.IsWindows(), WindowsOnly);
        File.WriteAllText(_folder["there"], "before");
        Assert.Throws<IOException>(() => FileSystem.Current.CreatePrivate(_folder["there"]));
        Assert.Equal("before", File.ReadAllText(_folder["there"]));
    }

    [SkippableFact]
    public void While_it_is_written_others_read_it_and_do_not_write()
    {
        Skip.IfNot(OperatingSystem.IsWindows(), WindowsOnly);
        using var file = FileSystem.Current.CreatePrivate(_folder["secret"], bufferSize: 0);
        file.Write("row"u8);
        using (var reader = new StreamReader(new FileStream(_folder["secret"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite)))
        {
            Assert.Equal("row", reader.ReadToEnd());
        }

        Assert.Throws<IOException>(() => new FileStream(_folder["secret"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
    }

    [SkippableFact]
    public void File_is_replaced_while_a_reader_keeps_the_old_one()
    {
        Skip.IfNot(OperatingSystem.IsWindows(), WindowsOnly);
        File.WriteAllText(_folder["users"], "old");
        File.WriteAllText(_folder["users.new"], "new");
        using (var reader = new StreamReader(new FileStream(_folder["users"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)))
        {
            FileSystem.Current.Replace(_folder["users.new"], _folder["users"]);
            Assert.Equal("new", File.ReadAllText(_folder["users"]));
            Assert.Equal("old", reader.ReadToEnd());
        }

        Assert.Equal([_folder["users"]], Directory.GetFiles(_folder.Root));
    }

    [SkippableFact]
    public void Readers_of_the_old_file_can_read_the_new_one()
    {
        Skip.IfNot(OperatingSystem.IsWindows(), WindowsOnly);
        File.WriteAllText(_folder["users"], "old");
        Allow(_folder["users"], new SecurityIdentifier(WellKnownSidType.BuiltinUsersSid, domainSid: null));
        using (FileSystem.Current.CreatePrivate(_folder["users.new"]))
        {
        }

        FileSystem.Current.KeepOwnerAndMode(_folder["users"], _folder["users.new"]);
        Assert.Equal(Described(_folder["users"]), Described(_folder["users.new"]));
    }

    [SupportedOSPlatform("windows")]
    private static SecurityIdentifier CurrentUser()
    {
        using var identity = WindowsIdentity.GetCurrent();
        return identity.User!;
    }

    [SupportedOSPlatform("windows")]
    private static void Allow(string path, SecurityIdentifier reader)
    {
        var security = new FileInfo(path).GetAccessControl(AccessControlSections.Access);
        security.AddAccessRule(new FileSystemAccessRule(reader, FileSystemRights.Read, AccessControlType.Allow));
        new FileInfo(path).SetAccessControl(security);
    }

    [SupportedOSPlatform("windows")]
    private static List<FileSystemAccessRule> RulesOf(string path) =>
        [.. new FileInfo(path).GetAccessControl(AccessControlSections.Access).GetAccessRules(true, true, typeof(SecurityIdentifier)).Cast<FileSystemAccessRule>()];

    [SupportedOSPlatform("windows")]
    private static IEnumerable<string> Described(string path) =>
        RulesOf(path).Select(rule => $"{rule.IdentityReference} {rule.AccessControlType} {rule.FileSystemRights}").Order(StringComparer.Ordinal);
}
