namespace MailPass.Lab.Processes;

/// <summary>A data folder under the temporary folder, removed at the end.</summary>
public sealed class LabFolder : IDisposable
{
    /// <summary>Makes the folder.</summary>
    /// <param name="purpose">A word for its name.</param>
    public LabFolder(string purpose)
    {
        // Short: the path of a Unix socket within must stay below 108 bytes.
        Path = Directory.CreateTempSubdirectory("mplab-" + purpose + "-").FullName;
        if (OperatingSystem.IsLinux())
        {
            // Servers drop root's rights and must still get through to their own folders below.
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The path of something within.</summary>
    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a folder within.</summary>
    public string Folder(string name) => Directory.CreateDirectory(At(name)).FullName;

    /// <summary>Makes a folder within that only one user may enter: the given one where this is root, else this one.</summary>
    public async Task GiveToAsync(string name, string user)
    {
        var path = Folder(name);
        await Command.RunAsync("/bin/chmod", ["0700", path]);
        if (LabTools.IsRoot)
        {
            await Command.RunAsync("/bin/chown", [user + ":", path]);
        }
    }

    /// <summary>Writes a file within.</summary>
    public string Write(string name, string content)
    {
        var path = At(name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A server that is still going down may write a last file into a folder that is just being removed.
        for (var attempt = 1; Directory.Exists(Path) && attempt <= 10; attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(attempt * 20);
            }
        }
    }
}
