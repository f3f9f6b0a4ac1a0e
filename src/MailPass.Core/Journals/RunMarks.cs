using System.Text.Json;
using MailPass.Platform;

namespace MailPass.Journals;

/// <summary>
/// The marks of runs that have not ended: for each run a file that describes it (<c>ID.run</c>) and a lock (<c>ID.lock</c>) that its
/// process holds. If nobody holds the lock, the run was interrupted, however its process ended.
/// </summary>
/// <param name="folder">The folder of runs.</param>
internal sealed class RunMarks(string folder)
{
    private static readonly TimeSpan s_longestLook = TimeSpan.FromSeconds(1);

    /// <summary>Writes a run's mark, durably, unless it has one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(IndexLine line)
    {
        if (Exists(line.Run))
        {
            return;
        }

        // A process that reads the mark meanwhile must not block the write; it ignores an incomplete mark.
        using var file = FileSystem.Current.CreatePrivate(MarkOf(line.Run), bufferSize: 0, FileShare.ReadWrite | FileShare.Delete);
        using (var json = new Utf8JsonWriter(file, JournalWriting.Options))
        {
            line.WriteTo(json);
        }

        file.Flush(flushToDisk: true);
    }

    /// <summary>Takes a run's lock, before its mark is written: a mark whose lock is free is an interrupted run.</summary>
    /// <returns>The lock; it is held until it is disposed of or the process ends.</returns>
    /// <exception cref="IOException">Another process holds it.</exception>
    public FileStream Hold(string run)
    {
        var until = DateTime.UtcNow + s_longestLook;
        while (true)
        {
            try
            {
                return new(LockOf(run), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(LockOf(run)) && DateTime.UtcNow < until)
            {
                // IsHeld of another process takes the lock for a moment.
                Thread.Sleep(5);
            }
        }
    }

    /// <summary>The runs that have a mark.</summary>
    public IEnumerable<RunMark> Read()
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
                // Sharing Delete: on Windows the run could not remove its mark otherwise while this reads it.
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                line = JsonSerializer.Deserialize(file, JournalJson.Default.IndexLine);
            }
            catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
            {
                // Incomplete: its run had not begun yet.
            }

            if (line is { Run: not null, Header: { } header, Journal: { } journal } && header.IsWhole())
            {
                yield return new(line.Run, header, journal);
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
            using var free = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return false;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return File.Exists(path);
        }
    }

    /// <summary>Removes a run's mark, and only then its lock: nobody must see the mark without it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="held">Its lock, if this process holds it; it is released.</param>
    public void Remove(string run, FileStream? held = null)
    {
        File.Delete(MarkOf(run));
        held?.Dispose();
        File.Delete(LockOf(run));
    }

    private string MarkOf(string run) => Path.Combine(folder, run + ".run");

    private string LockOf(string run) => Path.Combine(folder, run + ".lock");
}

/// <summary>A mark as it was read.</summary>
/// <param name="Run">The run.</param>
/// <param name="Header">Its journal's first line.</param>
/// <param name="Journal">Its journal.</param>
internal sealed record RunMark(string Run, JournalHeader Header, string Journal);
