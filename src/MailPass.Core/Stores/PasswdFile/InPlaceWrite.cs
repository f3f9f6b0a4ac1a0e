using MailPass.Platform;

namespace MailPass.Stores.PasswdFile;

/// <summary>
/// Overwrites a file that others have open by its inode (a container that mounts this one file), so that they would not see a new
/// file in its place. The old and the new content are beside it in full until all is done, so that the next writer can undo what
/// a killed one has begun.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class InPlaceWrite(string path)
{
    private const int BlockSize = 64 * 1024;

    /// <summary>The new content.</summary>
    public string New { get; } = path + ".mailpass-new";

    private string Old { get; } = path + ".mailpass-old";

    /// <summary>Whether the file may be half written.</summary>
    public bool HasBegun => File.Exists(Old);

    /// <summary>Whether a killed writer left something beside the file.</summary>
    public bool IsLeftOver => File.Exists(New) || File.Exists(Old);

    /// <summary>Undoes what a killed writer began and never reported as written, unless somebody else has changed the file since, and removes the files that it left. The caller holds the lock.</summary>
    public void Undo()
    {
        if (File.Exists(Old) && File.Exists(New) && IsHalfWritten())
        {
            using var target = OpenTarget();
            Overwrite(target, Old);
        }

        Clear();
    }

    /// <summary>Overwrites the file with <see cref="New"/>, which is on the disk already. The caller holds the lock.</summary>
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

    /// <summary>Removes the files beside it.</summary>
    public void Clear()
    {
        // The old content first: without it, no write counts as begun.
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
        // A reader that saw it half written reads it again, because the second of its time has changed.
        File.SetLastWriteTimeUtc(target.SafeFileHandle, DateTime.UtcNow.AddSeconds(1));
        target.Flush(flushToDisk: true);
    }

    // After a loss of power, each byte is the old or the new one, in any mixture. Other content was written since.
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
            // After the end a file gives -1, which is not a byte. Both files are always read, so that both stay at the same position.
            var (old, @new) = (before.ReadByte(), after.ReadByte());
            if (here != old && here != @new)
            {
                return false;
            }
        }

        return true;
    }
}
