using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MailPass.Platform;

/// <summary>Linux and other Unix systems: modes, owners, <c>fsync</c> of a folder.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class UnixFileSystem : FileSystem
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;
    private const int AtCurrentFolder = -100;

    /// <inheritdoc/>
    public override FileStream CreatePrivate(string path, int bufferSize = 4096, FileShare share = FileShare.None) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.ReadWrite,
        Share = share,
        BufferSize = bufferSize,
        UnixCreateMode = OwnerOnly,
    });

    /// <inheritdoc/>
    public override void CreatePrivateFolder(string path)
    {
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    /// <inheritdoc/>
    public override bool IsRegularFile(string path)
    {
        // statx (linux/stat.h): the mode is at byte 28, its file type S_IFMT, a regular file S_IFREG.
        const ushort TypeMask = 0xF000;
        const ushort Regular = 0x8000;
        Span<byte> answer = stackalloc byte[256];
        return StatX(AtCurrentFolder, path, 0, 0x1, ref MemoryMarshal.GetReference(answer)) == 0
            && (MemoryMarshal.Read<ushort>(answer[28..]) & TypeMask) == Regular;
    }

    /// <inheritdoc/>
    public override long CountNames(string path)
    {
        // statx: the number of names is at byte 16.
        const uint WantNames = 0x4;
        Span<byte> answer = stackalloc byte[256];
        return StatX(AtCurrentFolder, path, 0, WantNames, ref MemoryMarshal.GetReference(answer)) == 0 ? MemoryMarshal.Read<uint>(answer[16..]) : 1;
    }

    /// <inheritdoc/>
    public override void SyncFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnly | CloseOnExec);
        if (descriptor < 0)
        {
            throw Fault("open", folder);
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw Fault("sync", folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public override void KeepOwnerAndMode(string original, string replacement)
    {
        var before = Owner(original);
        var after = Owner(replacement);
        if (before != after && Chown(replacement, before.User, before.Group) != 0)
        {
            throw new UnauthorizedAccessException(
                $"'{original}' belongs to user {before.User} and group {before.Group}, and the current user may not give a new file to them.");
        }

        // After the owner, because changing the owner clears set-user-id bits.
        File.SetUnixFileMode(replacement, File.GetUnixFileMode(original));
    }

    /// <inheritdoc/>
    public override string? WhoElseCanWrite(FileStream file)
    {
        var (owner, mode) = OwnerAndMode(file);
        if (owner != 0 && owner != EffectiveUser())
        {
            return $"'{file.Name}' belongs to user {owner}";
        }

        if ((mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            return $"Others can write '{file.Name}' (mode {Octal(mode)})";
        }

        // In a folder with the sticky bit, such as /tmp, only its owner can replace a file.
        var real = File.ResolveLinkTarget(file.Name, returnFinalTarget: true)?.FullName ?? file.Name;
        var folder = Path.GetDirectoryName(Path.GetFullPath(real))!;
        var folderMode = File.GetUnixFileMode(folder);
        return (folderMode & (UnixFileMode.OtherWrite | UnixFileMode.StickyBit)) == UnixFileMode.OtherWrite
            ? $"Others can replace '{file.Name}', because everybody can write to the folder '{folder}' (mode {Octal(folderMode)})"
            : null;
    }

    /// <inheritdoc/>
    public override string? WhoElseCanRead(FileStream file)
    {
        var (owner, mode) = OwnerAndMode(file);
        var user = EffectiveUser();
        if (owner != 0 && owner != user && user != 0)
        {
            return $"'{file.Name}' belongs to user {owner}";
        }

        // As libpq has it for a private key: 0600 or less, or 0640 or less if it is root's.
        const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
        return (mode & (owner == 0 ? Others : Others | UnixFileMode.GroupRead)) == 0 ? null : $"Others can read '{file.Name}' (mode {Octal(mode)})";
    }

    private static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8).PadLeft(3, '0');

    private static (uint Owner, UnixFileMode Mode) OwnerAndMode(FileStream file)
    {
        // statx of the open file itself (AT_EMPTY_PATH), because its name may lead to another file now. Mode at byte 28.
        const uint WantModeAndUser = 0x2 | 0x8;
        const int EmptyPath = 0x1000;
        Span<byte> answer = stackalloc byte[256];
        if (StatX((int)file.SafeFileHandle.DangerousGetHandle(), string.Empty, EmptyPath, WantModeAndUser, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            throw Fault("look at", file.Name);
        }

        return (MemoryMarshal.Read<uint>(answer[20..]), (UnixFileMode)(MemoryMarshal.Read<ushort>(answer[28..]) & 0xFFF));
    }

    private static (uint User, uint Group) Owner(string path)
    {
        // statx, because its structure is the same on every processor (linux/stat.h): user at byte 20, group at 24.
        const uint WantUserAndGroup = 0x8 | 0x10;
        Span<byte> answer = stackalloc byte[256];
        if (StatX(AtCurrentFolder, path, 0, WantUserAndGroup, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            throw Fault("look at", path);
        }

        return (MemoryMarshal.Read<uint>(answer[20..]), MemoryMarshal.Read<uint>(answer[24..]));
    }

    private static IOException Fault(string verb, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {verb} '{path}': {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte answer);
}
