using MailPass.Platform;

namespace MailPass.Cli.Output;

/// <summary>
/// A file that only its owner may read. Rows are on the disk before they count as delivered; where the disk is full,
/// the file is cut back to its last whole row.
/// </summary>
internal sealed class FileTarget : OutputTarget
{
    private readonly FileStream _file;
    private readonly bool _isDevice;

    private FileTarget(FileStream file, string name, bool isDevice)
    {
        _file = file;
        _isDevice = isDevice;
        Name = name;
    }

    public override string Name { get; }

    /// <summary>Makes the file, or opens the device of that name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether a file that is there already may be replaced: it may hold the only copy of passwords.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.OutputUnwritable"/>.</exception>
    public static FileTarget Create(string path, bool overwrite)
    {
        var isDevice = IsDevice(path);
        if (!overwrite)
        {
            RefuseExisting(path);
        }

        try
        {
            if (isDevice)
            {
                return new FileTarget(new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0), path, isDevice);
            }

            if (overwrite)
            {
                // A new file rather than the old one emptied: the old one may be readable by others, or a link.
                File.Delete(path);
            }

            return new FileTarget(FileSystem.Current.CreatePrivate(path, bufferSize: 0), path, isDevice);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var reason = fault switch
            {
                DirectoryNotFoundException => "there is no such folder.",
                UnauthorizedAccessException when Directory.Exists(path) => "it is a folder.",
                UnauthorizedAccessException => "access is denied.",
                _ => fault.Message,
            };
            throw new MailPassException(ErrorIds.OutputUnwritable, $"{path} cannot be written: {reason}", innerException: fault);
        }
    }

    /// <summary>Refuses a file that is there already.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.OutputUnwritable"/>.</exception>
    public static void RefuseExisting(string path)
    {
        if (File.Exists(path) && !IsDevice(path))
        {
            throw new MailPassException(
                ErrorIds.OutputUnwritable,
                $"{path} is there already, and it may hold the only copy of somebody's password.",
                "Name another file, or replace it with --force.");
        }
    }

    /// <summary>Whether this names a device, such as <c>/dev/null</c> or Windows' <c>NUL</c>, and not a file that could be created.</summary>
    /// <param name="path">The name.</param>
    public static bool IsDevice(string path) =>
        OperatingSystem.IsWindows()
            // Windows alone knows which bare names are devices, and writes them out so.
            ? Path.GetFullPath(path).StartsWith(@"\\.\", StringComparison.Ordinal)
            : path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    public override int Deliver(ReadOnlySpan<byte> bytes, IReadOnlyList<int> rowEnds, out IOException? fault)
    {
        var before = _isDevice ? 0 : _file.Length;
        try
        {
            _file.Write(bytes);
            if (!_isDevice)
            {
                _file.Flush(flushToDisk: true);
            }

            fault = null;
            return rowEnds.Count;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The last is how the runtime puts EFBIG: the file has reached the largest size it may have.
            fault = problem as IOException ?? new IOException(problem is ArgumentException ? "The file may not grow any further" : problem.Message, problem);
            CutBackTo(before);
            return 0;
        }
    }

    public override void Remove()
    {
        _file.Dispose();
        if (!_isDevice)
        {
            File.Delete(Name);
        }
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    private void CutBackTo(long length)
    {
        if (_isDevice)
        {
            return;
        }

        try
        {
            _file.SetLength(length);
            _file.Seek(length, SeekOrigin.Begin);
            _file.Flush(flushToDisk: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The first fault is reported already; the rows in the file beyond `length` are of changes that were undone in the store.
        }
    }
}
