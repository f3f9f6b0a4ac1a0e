using System.Text.Json;
using MailPass.Platform;

namespace MailPass.Journals;

/// <summary>
/// The marks of runs that have not ended: for each a file that describes it (<c>ID.run</c>) and a lock (<c>ID.lock</c>) that its
/// process holds. A lock that nobody holds belongs to an interrupted run, however its process ended.
/// </summary>
/// <param name="folder">The folder of runs.</param>
internal sealed class RunMarks(string folder)
{
    /// <summary>Writes a run's mark, durably, unless it has one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(IndexLine line)
    {
        if (Exists(line.Run))
        {
            return;
        }

        using var file = FileSystem.Current.CreatePrivate(MarkOf(line.Run), bufferSize: 0);
        JsonSerializer.Serialize(file, line, JournalJson.Default.IndexLine);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Takes a run's lock; it is held until the stream is disposed of or the process ends.</summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    public FileStream Hold(string run) => new(LockOf(run), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

    /// <summary>The runs that have a mark.</summary>
    public IEnumerable<(string Run, JournalHeader Header, string Journal)> Read()
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateFiles(folder, "*.run"))
        {
            IndexLine? line = null;
            try
            {
                line = JsonSerializer.Deserialize(File.ReadAllBytes(path), JournalJson.Default.IndexLine);
            }
            catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
            {
                // Not written to its end: its run had not begun yet.
            }

            if (line is { Run: not null, Header: { } header, Journal: { } journal } && header.IsWhole())
            {
                yield return (line.Run, header, journal);
            }
        }
    }

    /// <summary>Whether a run has a mark.</summary>
    public bool Exists(string run) => File.Exists(MarkOf(run));

    /// <summary>Whether a process holds a run's lock.</summary>
    public bool IsHeld(string run)
    {
        var path = LockOf(run);
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var free = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return false;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return File.Exists(path);
        }
    }

    /// <summary>Removes a run's mark and lock.</summary>
    public void Remove(string run)
    {
        File.Delete(MarkOf(run));
        File.Delete(LockOf(run));
    }

    private string MarkOf(string run) => Path.Combine(folder, run + ".run");

    private string LockOf(string run) => Path.Combine(folder, run + ".lock");
}
