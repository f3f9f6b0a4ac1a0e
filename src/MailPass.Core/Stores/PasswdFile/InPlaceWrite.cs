using MailPass.Platform;

namespace MailPass.Stores.PasswdFile;

/// <summary>
/// Writes over a file whose inode others hold on to (a container that mounts this one file), where a new file in its place
/// would not be seen. What it was and what it becomes stand whole beside it until all is done, so that the next writer undoes
/// what one that was killed in between has begun.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class InPlaceWrite(string path)
{
    private const int BlockSize = 64 * 1024;

    /// <summary>What the file becomes.</summary>
    public string New { get; } = path + ".mailpass-new";

    private string Old { get; } = path + ".mailpass-old";

    /// <summary>Whether the file may be half written.</summary>
    public bool HasBegun => File.Exists(Old);

    /// <summary>Whether a killed writer left something beside the file.</summary>
    public bool IsLeftOver => File.Exists(New) || File.Exists(Old);

    /// <summary>Undoes what a killed writer began, of which nobody has heard that it was written, unless somebody else has changed the file since; and clears away what it left. The caller holds the lock.</summary>
    public void Undo()
    {
        if (File.Exists(Old) && File.Exists(New) && IsHalfWritten())
        {
            using var target = OpenTarget();
            Overwrite(target, Old);
        }

        Clear();
    }

    /// <summary>Makes the file what <see cref="New"/> is, which is on the disk already. The caller holds the lock.</summary>
    /// <exception cref="IOException">It cannot be written; it is as it was, or <see cref="Undo"/> will find it half written.</exception>
    /// <exception cref="UnauthorizedAccessException">The current user may not write it; it is as it was.</exception>
    public void Write()
    {
        using var target = OpenTarget();
        using (var original = Open(path))
        using (var copy = FileSystem.Current.CreatePrivate(Old, BlockSize))
        {
            original.CopyTo(copy);
            copy.Flush(flushToDisk: true);
        }

        FileSystem.Current.SyncFolder(Path.GetDirectoryName(path)!);
        try
        {
            Overwrite(target, New);
        }
        catch (IOException)
        {
            Overwrite(target, Old);
            Clear();
            throw;
        }

        Clear();
    }

    /// <summary>Takes away what stands beside the file.</summary>
    public void Clear()
    {
        // The old content first: without it nothing counts as begun.
        File.Delete(Old);
        File.Delete(New);
    }

    private static FileStream Open(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BlockSize);

    private FileStream OpenTarget() => new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, BlockSize);

    private static void Overwrite(FileStream target, string with)
    {
        using var content = Open(with);
        target.Position = 0;
        content.CopyTo(target);
        target.SetLength(content.Length);
        target.Flush();
        // Who read it half written takes it for another file in the next second.
        File.SetLastWriteTimeUtc(target.SafeFileHandle, DateTime.UtcNow.AddSeconds(1));
        target.Flush(flushToDisk: true);
    }

    // Every byte is the old or the new one of its place; after a loss of power in any order. Anything else was written since.
    private bool IsHalfWritten()
    {
        using var now = Open(path);
        using var before = Open(Old);
        using var after = Open(New);
        if (now.Length < Math.Min(before.Length, after.Length) || now.Length > Math.Max(before.Length, after.Length))
        {
            return false;
        }

        for (var left = now.Length; left > 0; left--)
        {
            var here = now.ReadByte();
            // Behind its end a file gives -1, which no byte is. Both are read, so that both stay at this place.
            var (old, @new) = (before.ReadByte(), after.ReadByte());
            if (here != old && here != @new)
            {
                return false;
            }
        }

        return true;
    }
}
