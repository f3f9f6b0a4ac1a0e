using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MailPass.Cli.Output;

/// <summary>
/// Standard output as the process was given it. The runtime's own stream ignores a closed pipe silently and
/// does not say how much of a write arrived; here both are known, because a password that nobody received must be
/// taken back.
/// </summary>
internal sealed unsafe partial class StandardOutput : OutputTarget
{
    // POSIX: a write of up to this many bytes into a pipe arrives whole or not at all (PIPE_BUF, Linux; 512 at least).
    private const int AtomicPipeWrite = 4096;

    private readonly SafeFileHandle _handle = OpenHandle();
    private readonly bool _isFile;

    public StandardOutput() => _isFile = IsFile(_handle);

    public override string Name => "standard output";

    public override int Deliver(ReadOnlySpan<byte> bytes, IReadOnlyList<int> rowEnds, out IOException? fault)
    {
        fault = null;
        var row = 0;
        var start = 0;
        while (row < rowEnds.Count)
        {
            var last = row;
            while (last + 1 < rowEnds.Count && rowEnds[last + 1] - start <= AtomicPipeWrite)
            {
                last++;
            }

            var chunk = bytes[start..rowEnds[last]];
            var accepted = Write(chunk, out fault);
            if (fault is not null)
            {
                while (row <= last && rowEnds[row] - start <= accepted)
                {
                    row++;
                }

                CutOff(accepted - (row == 0 ? 0 : Math.Max(rowEnds[row - 1] - start, 0)));
                return row;
            }

            start = rowEnds[last];
            row = last + 1;
        }

        fault = FlushToDisk();
        if (fault is not null)
        {
            CutOff(bytes.Length);
            return 0;
        }

        return row;
    }

    public override void Dispose()
    {
        _handle.Dispose();
        base.Dispose();
    }

    private static SafeFileHandle OpenHandle() =>
        new(OperatingSystem.IsWindows() ? GetStdHandle(-11) : 1, ownsHandle: false);

    private static bool IsFile(SafeFileHandle handle)
    {
        try
        {
            // Devices have no meaningful length; a new file has, even if it is still 0, but then there is nothing to cut.
            return RandomAccess.GetLength(handle) >= 0;
        }
        catch (Exception problem) when (problem is IOException or NotSupportedException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private IOException? FlushToDisk()
    {
        try
        {
            if (_isFile)
            {
                RandomAccess.FlushToDisk(_handle);
            }

            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return AsIOException(problem);
        }
    }

    // A full disk leaves half a row at the end of the file.
    private void CutOff(int count)
    {
        try
        {
            if (_isFile && count > 0 && RandomAccess.GetLength(_handle) is var length && length >= count)
            {
                RandomAccess.SetLength(_handle, length - count);
            }
        }
        catch (Exception problem) when (problem is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            // The write's own fault is reported.
        }
    }

    private int Write(ReadOnlySpan<byte> bytes, out IOException? fault)
    {
        fault = null;
        var accepted = 0;
        while (accepted < bytes.Length)
        {
            fixed (byte* rest = bytes[accepted..])
            {
                var written = OperatingSystem.IsWindows()
                    ? WriteWindows(rest, bytes.Length - accepted)
                    : (int)write(_handle.DangerousGetHandle().ToInt32(), rest, (nuint)(bytes.Length - accepted));
                if (written > 0)
                {
                    accepted += written;
                    continue;
                }
            }

            var error = Marshal.GetLastPInvokeError();
            if (!OperatingSystem.IsWindows() && error == Errno.Interrupted)
            {
                continue;
            }

            if (!OperatingSystem.IsWindows() && error == Errno.TryAgain)
            {
                // The reader made the pipe non-blocking and is slow.
                Thread.Sleep(1);
                continue;
            }

            var reason = new Win32Exception(error).Message;
            fault = IsClosedPipe(error) ? new ClosedPipeException(reason) : new IOException(reason);
            break;
        }

        return accepted;
    }

    private static bool IsClosedPipe(int error) =>
        OperatingSystem.IsWindows() ? error is 109 or 232 : error == Errno.BrokenPipe;

    private int WriteWindows(byte* bytes, int count) => WriteFile(_handle.DangerousGetHandle(), bytes, count, out var written, 0) ? written : -1;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint GetStdHandle(int which);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool WriteFile(nint handle, byte* bytes, int count, out int written, nint overlapped);

    // The values are those of Linux; BSD and macOS call the second one 35.
    private static class Errno
    {
        public const int Interrupted = 4;

        public const int BrokenPipe = 32;

        public static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;
    }
}
