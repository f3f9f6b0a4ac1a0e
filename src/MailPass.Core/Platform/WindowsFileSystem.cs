using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace MailPass.Platform;

/// <summary>Windows: access control lists in place of modes and owners.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsFileSystem : FileSystem
{
    /// <inheritdoc/>
    public override FileStream CreatePrivate(string path, int bufferSize = 4096)
    {
        using var identity = WindowsIdentity.GetCurrent();
        var security = new FileSecurity();
        // Nothing is inherited from the folder; the only entry is the current user's.
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        security.AddAccessRule(new FileSystemAccessRule(identity.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        return new FileInfo(path).Create(
            FileMode.CreateNew,
            FileSystemRights.Read | FileSystemRights.Write,
            FileShare.None,
            Math.Max(bufferSize, 1),
            FileOptions.None,
            security);
    }

    /// <summary>NTFS records names in its own journal, and a folder cannot be flushed: nothing to do.</summary>
    /// <param name="folder">The folder.</param>
    public override void SyncFolder(string folder)
    {
    }

    /// <inheritdoc/>
    public override void KeepOwnerAndMode(string original, string replacement)
    {
        var security = new FileInfo(original).GetAccessControl(AccessControlSections.Access);
        // A list that was read counts as unchanged and would not be written; this marks it.
        security.SetAccessRuleProtection(security.AreAccessRulesProtected, preserveInheritance: true);
        new FileInfo(replacement).SetAccessControl(security);
    }
}
