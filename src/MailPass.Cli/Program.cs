using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MailPass.Cli;

internal static class Program
{
    // Held, so that no finalizer closes them.
    private static readonly List<SafeFileHandle> _occupied = [];

    // A process may be started with a standard stream closed (`2>&-`). Its number would go to the next file that is
    // opened, and a message meant for people would end up among the passwords.
    private static void OccupyStandardStreams()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        SafeFileHandle handle;
        do
        {
            handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            _occupied.Add(handle);
        }
        while (handle.DangerousGetHandle() <= 2);
    }

    private static async Task<int> Main(string[] args)
    {
        using var codePage = WindowsCodePage.UseUtf8();
        OccupyStandardStreams();
        var console = CliConsole.ForProcess();
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        return await MailPassApp.InvokeAsync(args, console, stop.Token).ConfigureAwait(false);

        // However often the signal comes, the batch in flight is completed, so that no mailbox is left with a password
        // that nobody knows.
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
