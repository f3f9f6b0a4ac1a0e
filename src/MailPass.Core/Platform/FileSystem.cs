namespace MailPass.Platform;

/// <summary>
/// The differences between operating systems for files with secrets: who may read them, when a new name is durable, and who owns
/// them after a replacement. Each member has its Unix and its Windows form side by side.
/// </summary>
internal abstract class FileSystem
{
    /// <summary>That of the machine we run on.</summary>
    public static FileSystem Current { get; } = OperatingSystem.IsWindows() ? new WindowsFileSystem() : new UnixFileSystem();

    /// <summary>Makes a file that only the current user may read and write.</summary>
    /// <param name="path">The file; it must not exist yet.</param>
    /// <param name="bufferSize">The stream's buffer in bytes; 0 for none.</param>
    /// <param name="share">What other processes may do with it meanwhile.</param>
    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    public abstract FileStream CreatePrivate(string path, int bufferSize = 4096, FileShare share = FileShare.None);

    /// <summary>Makes a folder that only the current user may enter, and the folders above it, unless it is there.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public abstract void CreatePrivateFolder(string path);

    /// <summary>Whether this is a file with contents, rather than a folder, a device or a pipe, which reading would wait for.</summary>
    /// <param name="path">The path.</param>
    public virtual bool IsRegularFile(string path) => File.Exists(path);

    /// <summary>How many names (hard links) a file has.</summary>
    /// <param name="path">The file.</param>
    /// <returns>1 if that is not known.</returns>
    public virtual long CountNames(string path) => 1;

    /// <summary>Makes durable what was created, renamed or removed in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The device reports a fault.</exception>
    public abstract void SyncFolder(string folder);

    /// <summary>Gives a new file the owner and the permissions of the one that it will replace.</summary>
    /// <param name="original">The file to be replaced.</param>
    /// <param name="replacement">The new file.</param>
    /// <exception cref="UnauthorizedAccessException">The current user may not give files away; the replacement must not take the original's place.</exception>
    public abstract void KeepOwnerAndMode(string original, string replacement);

    /// <summary>Who, besides the current user and the machine's administrators, can write a file or put another in its place.</summary>
    /// <param name="file">The open file.</param>
    /// <returns>A sentence without its end; <see langword="null"/> if nobody can.</returns>
    public abstract string? WhoElseCanWrite(FileStream file);

    /// <summary>Who, besides the current user and the machine's administrators, can read a file.</summary>
    /// <param name="file">The open file.</param>
    /// <returns>A sentence without its end; <see langword="null"/> if nobody can.</returns>
    public abstract string? WhoElseCanRead(FileStream file);

    /// <summary>Puts a file in another's place in one step: a reader finds the old one or the new one, whole.</summary>
    /// <param name="replacement">The new file, in the same folder.</param>
    /// <param name="original">The file whose place it takes.</param>
    public virtual void Replace(string replacement, string original) => File.Move(replacement, original, overwrite: true);
}
