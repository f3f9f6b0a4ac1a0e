namespace MailPass.Lab.Processes;

/// <summary>A file system of a few megabytes in memory, to be filled to the last byte and to be freed again.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly LabFolder _folder;

    private SmallDisk(LabFolder folder) => _folder = folder;

    /// <summary>Where it is.</summary>
    public string Path => _folder.At("disk");

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Makes one.</summary>
    /// <param name="megabytes">Its size.</param>
    /// <param name="user">Whose it is.</param>
    /// <exception cref="LabUnavailableException">This machine does not allow mounting a file system.</exception>
    public static async Task<SmallDisk> MountAsync(int megabytes, string user)
    {
        if (!LabTools.IsRoot)
        {
            throw new LabUnavailableException("Only root may mount a small file system.");
        }

        var disk = new SmallDisk(new LabFolder("disk"));
        Directory.CreateDirectory(disk.Path);
        var mounted = await Command.TryAsync(LabTools.Require("mount", "mount"), ["-t", "tmpfs", "-o", $"size={megabytes}m,mode=0700", "tmpfs", disk.Path]);
        if (mounted.ExitCode != 0)
        {
            disk._folder.Dispose();
            throw new LabUnavailableException("This machine does not allow mounting a file system: " + mounted.Error.Trim());
        }

        await Command.RunAsync("/bin/chown", [user + ":", disk.Path]);
        return disk;
    }

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        var block = new byte[4096];
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                filler.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Filler);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Command.TryAsync(LabTools.Require("umount", "mount"), ["-l", Path]);
        _folder.Dispose();
    }
}
