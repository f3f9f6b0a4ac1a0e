using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;

namespace MailPass.Platform;

/// <summary>Windows: access control lists in place of modes and owners.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe partial class WindowsFileSystem : FileSystem
{
    /// <inheritdoc/>
    public override FileStream CreatePrivate(string path, int bufferSize = 4096, FileShare share = FileShare.None)
    {
        using var identity = WindowsIdentity.GetCurrent();
        var security = new FileSecurity();
        // Nothing is inherited from the folder; the only entry is the current user's.
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        security.AddAccessRule(new FileSystemAccessRule(identity.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        return new FileInfo(path).Create(
            FileMode.CreateNew,
            FileSystemRights.Read | FileSystemRights.Write,
            // As on Unix, those who may read the file can do so while it is written; nobody else can write it.
            share is FileShare.None ? FileShare.Read : share,
            Math.Max(bufferSize, 1),
            FileOptions.None,
            security);
    }

    /// <inheritdoc/>
    public override void CreatePrivateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var identity = WindowsIdentity.GetCurrent();
        var security = new DirectorySecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        security.AddAccessRule(new FileSystemAccessRule(identity.User!, FileSystemRights.FullControl, InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit, PropagationFlags.None, AccessControlType.Allow));
        new DirectoryInfo(path).Create(security);
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

    /// <inheritdoc/>
    public override void Replace(string replacement, string original)
    {
        // .NET's own Move fails while anybody reads the old file.
        if (!TryReplaceWhileRead(Path.GetFullPath(replacement), Path.GetFullPath(original)))
        {
            base.Replace(replacement, original);
        }
    }

    /// <inheritdoc/>
    public override string? WhoElseCanWrite(FileStream file) =>
        Others(file, FileSystemRights.WriteData | FileSystemRights.AppendData | FileSystemRights.Delete | FileSystemRights.ChangePermissions | FileSystemRights.TakeOwnership) is { } others
            ? $"{others} can write '{file.Name}'"
            : null;

    /// <inheritdoc/>
    public override string? WhoElseCanRead(FileStream file) =>
        Others(file, FileSystemRights.ReadData) is { } others ? $"{others} can read '{file.Name}'" : null;

    private static string? Others(FileStream file, FileSystemRights rights)
    {
        using var identity = WindowsIdentity.GetCurrent();

        // The system, the administrators, the installer of Windows itself, and the owner of the file.
        string[] trusted = [identity.User!.Value, "S-1-5-18", "S-1-5-32-544", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", "S-1-3-4"];
        var rules = file.GetAccessControl().GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier));
        foreach (FileSystemAccessRule rule in rules)
        {
            if (rule.AccessControlType is AccessControlType.Allow && (rule.FileSystemRights & rights) != 0 && !trusted.Contains(rule.IdentityReference.Value))
            {
                return NameOf(rule.IdentityReference);
            }
        }

        return null;
    }

    private static string NameOf(IdentityReference who)
    {
        try
        {
            return who.Translate(typeof(NTAccount)).Value;
        }
        catch (Exception fault) when (fault is IdentityNotMappedException or SystemException)
        {
            return who.Value;
        }
    }

    // Windows 10 1607 and later, NTFS: the name passes to the new file at once, and whoever has the old one open keeps it
    // (winbase.h, FILE_RENAME_INFO; FILE_RENAME_FLAG_POSIX_SEMANTICS). Other file systems and older systems refuse.
    private static bool TryReplaceWhileRead(string replacement, string original)
    {
        const uint Delete = 0x10000;
        const uint Synchronize = 0x100000;
        const uint ShareAll = 7;
        const uint OpenExisting = 3;
        const int RenameInfoEx = 22;
        const uint ReplaceIfExists = 1;
        const uint PosixSemantics = 2;
        using var file = CreateFile(replacement, Delete | Synchronize, ShareAll, 0, OpenExisting, 0, 0);
        if (file.IsInvalid)
        {
            return false;
        }

        // The flags and the folder's handle take a pointer each, then come the name's length in bytes and the name.
        var lengthAt = 2 * sizeof(nint);
        var nameAt = lengthAt + sizeof(uint);
        var rename = new byte[nameAt + ((original.Length + 1) * sizeof(char))];
        MemoryMarshal.Write(rename, ReplaceIfExists | PosixSemantics);
        MemoryMarshal.Write(rename.AsSpan(lengthAt), (uint)(original.Length * sizeof(char)));
        MemoryMarshal.AsBytes(original.AsSpan()).CopyTo(rename.AsSpan(nameAt));
        fixed (byte* bytes = rename)
        {
            return SetFileInformationByHandle(file, RenameInfoEx, bytes, (uint)rename.Length);
        }
    }

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(string name, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetFileInformationByHandle(SafeFileHandle file, int kind, byte* information, uint size);
}
