using System.Text;

namespace MailPass.Platform;

/// <summary>
/// Which files are mounted by themselves, as containers mount a single file of their host: such a file keeps its inode, so
/// a new file in its place on one side is not seen on the other. Linux's <c>/proc/PID/mountinfo</c> shows the mounts (proc(5)).
/// </summary>
internal static class MountTable
{
    /// <summary>Whether a path is a mount point here.</summary>
    /// <param name="path">The file, as a full path without links.</param>
    public static bool IsMountPoint(string path) => Read("self").Any(mount => mount.Point == path);

    /// <summary>Where else a file is mounted by itself: in this system or in any container of it that can be seen.</summary>
    /// <param name="path">The file, as a full path without links.</param>
    /// <returns>The mount point, for people; <see langword="null"/> if there is none.</returns>
    public static string? MountedAt(string path)
    {
        var here = Read("self");
        // Of two mounts on one another the later one shows.
        if (here.LastOrDefault(mount => Holds(mount, path) && here.All(other => !Holds(other, path) || other.Point.Length <= mount.Point.Length)) is not { } holder)
        {
            return null;
        }

        // How the file is called within its file system.
        var inside = (holder.Point, holder.Root) switch
        {
            ("/", "/") => path,
            ("/", _) => holder.Root + path,
            (_, "/") => path[holder.Point.Length..],
            _ => holder.Root + path[holder.Point.Length..],
        };
        return Of(here.Where(mount => mount.Point != path), "here") ?? OtherNamespaces().Select(process => Of(Read(process), $"process {process}")).FirstOrDefault(found => found is not null);

        string? Of(IEnumerable<Mount> mounts, string whose) =>
            mounts.FirstOrDefault(mount => mount.Device == holder.Device && mount.Root == inside) is { } found ? $"{found.Point} ({whose})" : null;
    }

    private static bool Holds(Mount mount, string path) =>
        mount.Point == "/" || path == mount.Point || (path.StartsWith(mount.Point, StringComparison.Ordinal) && path[mount.Point.Length] == '/');

    // One process of each other namespace; every process whose namespace is not visible.
    private static IEnumerable<string> OtherNamespaces()
    {
        if (!OperatingSystem.IsLinux())
        {
            yield break;
        }

        var seen = new HashSet<string?> { NamespaceOf("self") };
        foreach (var process in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])))
        {
            if (NamespaceOf(process!) is not { } name || seen.Add(name))
            {
                yield return process!;
            }
        }
    }

    private static string? NamespaceOf(string process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/mnt").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static List<Mount> Read(string process)
    {
        var mounts = new List<Mount>();
        if (!OperatingSystem.IsLinux())
        {
            return mounts;
        }

        try
        {
            foreach (var line in File.ReadLines($"/proc/{process}/mountinfo"))
            {
                // 36 35 98:0 /mnt1 /mnt2 rw,noatime …: number, parent, device, root within the file system, mount point.
                if (line.Split(' ', 6) is [_, _, var device, var root, var point, _])
                {
                    mounts.Add(new Mount(device, Unescaped(root), Unescaped(point)));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has ended, or we may not read its files.
        }

        return mounts;
    }

    // Space, tab, line feed and backslash come as \ and three octal digits, one for each byte.
    private static string Unescaped(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                plain.Append((char)Convert.ToInt32(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }

    private sealed record Mount(string Device, string Root, string Point);
}
